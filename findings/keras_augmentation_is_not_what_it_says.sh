#!/usr/bin/env bash
# Keras 3.15.1: four of its ways to change images do something else than their documentation says.
#
# 1. RandomFlip("horizontal_and_vertical") makes one draw for both axes: an image stays as it is, or
#    is turned by half a turn.  Left and right alone, or top and bottom alone, never change places.
# 2. RandomContrast(0.2) draws a factor from 1 to 1.2, and not from 0.8 to 1.2: contrast only grows.
# 3. ImageDataGenerator(height_shift_range=...) shifts sideways; width_shift_range up and down.
# 4. ImageDataGenerator turns an image that is not square about a point that is not its middle.
#
# numcnn flips each axis by its own chance, draws 1 - f to 1 + f, shifts up and down by the height,
# and turns about the middle.
#
# It printed, with Keras 3.15.1 on JAX 0.10.2, NumPy 2.4.6 and SciPy 1.17.1:
#   keras 3.15.1
#   corners of [[0, 1], [2, 3]] after 200 flips of both kinds: [0, 3]
#   contrast factors of RandomContrast(0.2): 1.00 to 1.20
#   rows [0, 1, 2] of equal pixels after height shifts: unchanged True
#   columns [0, 1, 2] of equal pixels after height shifts: unchanged False
#   a 3 x 5 image turned by 180 degrees is itself upside down: False
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "keras==3.15.1" "jax==0.10.2" "numpy==2.4.6" \
  "scipy==1.17.1" pillow
cat > "$folder/program.py" <<'PROGRAM'
import warnings

warnings.simplefilter("ignore")
import keras
import numpy as np
import scipy.ndimage

if not hasattr(scipy.ndimage, "interpolation"):  # Keras asks for its old name
    scipy.ndimage.interpolation = scipy.ndimage
from keras.src.legacy.preprocessing.image import ImageDataGenerator

print("keras", keras.__version__)
image = np.arange(4.0, dtype="float32").reshape(1, 2, 2, 1).repeat(200, axis=0)
flipped = np.asarray(keras.layers.RandomFlip(seed=0)(image, training=True))
corners = sorted(set(flipped[:, 0, 0, 0].astype(int).tolist()))
print("corners of [[0, 1], [2, 3]] after 200 flips of both kinds:", corners)

layer = keras.layers.RandomContrast(0.2, seed=0)
drawn = layer.get_random_transformation(np.zeros((2000, 1, 1, 1), "float32"))
factors = np.asarray(drawn["contrast_factor"])
print(f"contrast factors of RandomContrast(0.2): {factors.min():.2f} to {factors.max():.2f}")

np.random.seed(0)
shift = ImageDataGenerator(height_shift_range=[1])
rows = np.arange(3.0).reshape(3, 1, 1).repeat(3, axis=1)
columns = rows.transpose(1, 0, 2)
same = [all((shift.random_transform(x) == x).all() for _ in range(9)) for x in (rows, columns)]
print("rows [0, 1, 2] of equal pixels after height shifts: unchanged", same[0])
print("columns [0, 1, 2] of equal pixels after height shifts: unchanged", same[1])

ramp = np.arange(15.0).reshape(3, 5, 1)
turned = ImageDataGenerator().apply_transform(ramp, {"theta": 180})
around = bool(np.allclose(turned, ramp[::-1, ::-1], atol=1e-6))
print("a 3 x 5 image turned by 180 degrees is itself upside down:", around)
assert corners == [0, 3] and factors.min() >= 1 and same == [True, False] and not around
PROGRAM
KERAS_BACKEND=jax "$folder/venv/bin/python" "$folder/program.py"
