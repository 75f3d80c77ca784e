#!/usr/bin/env bash
# Keras 3.15.1 on TensorFlow 2.21: Adam in float64 corrects its bias with betas of float32.
#
# The first step of Adam is learning_rate * g / (|g| + epsilon), whatever the betas are: they cancel.
# Keras gives another one in float64, 6.7e-6 away, because it turns 0.9 and 0.999 into tensors of
# float32 before it raises them to the power of the step.  With betas that float32 holds exactly, 0.5
# and 0.75, the step is exact.  On PyTorch, Keras is exact with all betas.  Over five epochs of a
# residual network this difference grows to 1e-3 in the loss, so that a comparison in float64 is one
# in float32.
#
# numcnn computes the correction in float64 (numcnn/optimizers/adam.py).
#
# It printed:
#   keras 3.15.1, tensorflow 2.21.0
#   betas (0.9, 0.999): first step 0.499996662130, relative error -6.7e-06
#   betas (0.5, 0.75): first step 0.500000000000, relative error 0.0e+00
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "keras==3.15.1" "tensorflow==2.21.0"
cat > "$folder/program.py" <<'PROGRAM'
import os

os.environ |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
import keras
import numpy as np
import tensorflow

keras.config.set_floatx("float64")
print(f"keras {keras.__version__}, tensorflow {tensorflow.__version__}")
for betas in ((0.9, 0.999), (0.5, 0.75)):
    weight = keras.Variable(np.zeros(1), dtype="float64")
    adam = keras.optimizers.Adam(0.5, *betas, epsilon=1e-300)  # float32 holds 0.5 exactly
    adam.build([weight])
    adam.apply([keras.ops.convert_to_tensor(np.ones(1))], [weight])
    step = -keras.ops.convert_to_numpy(weight)[0]
    assert step.dtype == np.float64
    print(f"betas {betas}: first step {step:.12f}, relative error {step / 0.5 - 1:.1e}")
PROGRAM
"$folder/venv/bin/python" "$folder/program.py" 2> /dev/null | tee "$folder/said"
diff "$folder/said" - <<'SEEN'
keras 3.15.1, tensorflow 2.21.0
betas (0.9, 0.999): first step 0.499996662130, relative error -6.7e-06
betas (0.5, 0.75): first step 0.500000000000, relative error 0.0e+00
SEEN
