"""One program, run by Keras and by numcnn, and both outputs side by side.

python examples/keras_compat.py

Keras is needed for the left column (pip install keras tensorflow, or jax, or torch); without it
numcnn's stands alone.  The weights the program begins with, and the order of its data, are its own,
so both compute the same.
"""

import argparse
import contextlib
import importlib
import io
import os
import sys
import time
from itertools import zip_longest

PROGRAM = """
import numpy as np
import {library} as keras
from {library} import layers

rng = np.random.default_rng(0)
y = rng.integers(0, 3, 500)
x = rng.random((500, 12, 12, 1)).astype("float32")
place = rng.integers(0, 12, 500)
lying, standing = y == 0, y == 1
x[lying, place[lying]] += 1
x[standing, :, place[standing]] += 1  # a bar in the noise: lying, standing, or none

model = keras.Sequential([
    layers.Input((12, 12, 1)),
    layers.Conv2D(8, 3, activation="relu", padding="same"),
    layers.MaxPooling2D(2),
    layers.Conv2D(8, 3, activation="relu"),
    layers.Flatten(),
    layers.Dense(3, activation="softmax"),
])
optimizer = keras.optimizers.SGD(0.05, momentum=0.9)
model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
model.set_weights([rng.normal(0, 0.1, weight.shape) for weight in model.get_weights()])
print("parameters", model.count_params())

stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
history = model.fit(x, y, batch_size=20, epochs=6, validation_split=0.2, shuffle=False,
                    callbacks=[stop], verbose=0)
for name, values in sorted(history.history.items()):
    print(name)
    for epoch, value in enumerate(values, start=1):
        print(f"  epoch {{epoch:2}}  {{value:.4f}}")
loss, accuracy = model.evaluate(x, y, verbose=0)
print(f"evaluate  {{loss:.4f}} {{accuracy:.4f}}")
print("predict  ", *(f"{{p:.4f}}" for p in model.predict(x[:1], verbose=0)[0]))
"""


def run(library: str) -> tuple[list[str], float]:
    """Run the program with a library; return the lines that it printed, and the seconds."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        importlib.import_module(library)
        start = time.perf_counter()
        exec(PROGRAM.format(library=library), {"__name__": library})
    return printed.getvalue().splitlines(), time.perf_counter() - start


def main() -> None:
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    print(PROGRAM.format(library="numcnn"))
    lines, seconds = run("numcnn")
    try:
        of_keras, seconds_of_keras = run("keras")
    except ImportError as error:
        print(f"Keras can't be run here ({error}); this is what numcnn prints:\n")
        print("\n".join(lines))
        return
    differ = 0
    print(f"{'Keras':<36}numcnn")
    for left, right in zip_longest(of_keras, lines, fillvalue=""):
        print(f"{left:<36}{right}")
        differ += left != right
    print(f"\n{differ} of {len(lines)} lines differ.")
    print(f"Keras took {seconds_of_keras:.1f} s, numcnn {seconds:.1f} s.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
