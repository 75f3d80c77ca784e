#!/usr/bin/env bash
# NumPy 2: a float32 array times an instance of a *subclass* of float gives float64.
#
# Since NumPy 2 a Python float is "weak": it takes the dtype of the array beside it (NEP 50), so
# float32 weights times a learning rate of 0.1 stay float32.  One expects that of every float;
# isinstance(rate, float) is true for a subclass as well.  But only the exact type is weak.  A number
# that is a float with one method more, as a framework returns it to be called `.numpy()`, turns a
# float32 computation into float64 without a word, and so other last digits.  With
# NumPy 1 the value decided, and the result was float32.
#
# Output with NumPy 2.4.6 and 1.26.4, Python 3.11, Linux x86-64:
#   numpy 2.4.6: float -> float32, subclass of float -> float64, subclass of int -> float64
#   numpy 1.26.4: float -> float32, subclass of float -> float32, subclass of int -> float32
#   only the exact type is weak
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat > "$folder/weak.py" <<'PYTHON'
import numpy as np


class Rate(float):
    pass


class Count(int):
    pass


weights = np.ones(3, np.float32)
kinds = {"float": 0.5, "subclass of float": Rate(0.5), "subclass of int": Count(2)}
told = ", ".join(f"{name} -> {(weights * value).dtype}" for name, value in kinds.items())
print(f"numpy {np.__version__}: {told}")
PYTHON

for version in 2.4.6 1.26.4; do
  "${PYTHON:-python3}" -m venv "$folder/$version"
  "$folder/$version/bin/pip" install -q "numpy==$version"
  "$folder/$version/bin/python" "$folder/weak.py" | tee -a "$folder/output"
done

grep -q "2.4.6: float -> float32, subclass of float -> float64" "$folder/output"
grep -q "1.26.4: float -> float32, subclass of float -> float32" "$folder/output"
echo "only the exact type is weak"
