"""Every gradient of every layer and loss against differences, over strides, paddings and windows.

    python -m benchmarks.reliability.gradients [--engine reference]

In float64 a function that is linear must agree to 1e-10, the others to 1e-7.  Numbers at a kink,
as of a ReLU at zero, have no derivative to compare with; they are counted, and not as tried.

The control is a dense layer whose gradient of the bias is that of one sample: it must be noticed.
"""

import argparse

import numpy as np

import numcnn
from numcnn.gradcheck import check_layer
from numcnn.gradcheck.everything import all_of_numcnn
from numcnn.layers import Dense

LINEAR = 1e-10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--engine", choices=("fast", "reference"), help="one of the two only")
    engine = parser.parse_args().engine
    tried = good = kinks = lines = 0
    worst = {"linear": 0.0, "others": 0.0}
    for name in [engine] if engine else ["fast", "reference"]:
        with numcnn.use_engine(name):
            for what, report in all_of_numcnn():
                kind = "linear" if report.tolerance <= LINEAR else "others"
                lines += 1
                for array in report.arrays:
                    tried += array.checked - array.kinks
                    good += array.checked - array.kinks - array.wrong
                    kinks += array.kinks
                    worst[kind] = max(worst[kind], array.error)
                if not report:
                    print(f"{name}: {what}\n{report}")
    said = ", ".join(f"{error:.1e} of the {kind}" for kind, error in worst.items())
    print(f"gradients: {good} of {tried} right in {lines} checks (the worst: {said})")
    print(f"beside them {kinks} numbers at kinks")
    noticed = not check_layer(OfOneSample(3), (4,))
    print(f"control, the bias of one sample: {'noticed' if noticed else 'NOT noticed'}")
    if good < tried or not noticed:
        raise SystemExit("not as it should be")


class OfOneSample(Dense):
    """Forgets the sum over the batch."""

    def linear_backward(self, dz: np.ndarray) -> np.ndarray | None:
        dx = super().linear_backward(dz)
        self.bias.grad = dz[0]
        return dx


if __name__ == "__main__":
    main()
