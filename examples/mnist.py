"""Handwritten digit recognition with a CNN: the TensorFlow.js tutorial, in Python.

python examples/mnist.py                  5,500 digits of MNIST; without internet, generated digits
python examples/mnist.py --full           all of the digits, in a minute or two
python examples/mnist.py --data FOLDER    your own sprite
python examples/mnist.py --visor          follow the training in the browser (needs Bokeh)
"""

import argparse
import importlib.util
import sys
from pathlib import Path

import numcnn
from numcnn import layers, metrics, pictures, visor
from numcnn.datasets import MnistData

AFTER = """\
Expected accuracy: 0.84 to 0.89 (generated digits), 0.90 to 0.92 (MNIST), with --full 0.98 (both).

In {0}: mnist.safetensors, {1}
Look at {0}/journey.png, {0}/curves.png and {0}/mistakes.png.  Then try
  python examples/mnist.py --full
  python -m numcnn.visor --model {0}/mnist.safetensors    (draw digits; pip install ".[visor]")"""


def build_model(seed: int) -> numcnn.Sequential:
    """Two convolutions, each with a pooling, and a dense layer: 5,994 numbers to learn."""
    return numcnn.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(8, 5, activation="relu", kernel_initializer="variance_scaling"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 5, activation="relu", kernel_initializer="variance_scaling"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(10, activation="softmax", kernel_initializer="variance_scaling"),
        ],
        name="mnist",
        seed=seed,
    )


def main(args: argparse.Namespace) -> None:
    args.out.mkdir(parents=True, exist_ok=True)
    data = MnistData(args.data, seed=args.seed).load()
    val, test = min(1_000, data.num_train // 6), data.num_test
    train = data.num_train - val
    if not args.full:
        train, test = min(5_500, train), min(1_000, test)
    x_train, y_train = data.next_train_batch(train)
    x_val, y_val = data.next_train_batch(val)  # other images: watched, not learned from
    x_test, y_test = data.next_test_batch(test)  # kept for the end
    x_train, x_val, x_test = (x.reshape(-1, 28, 28, 1) for x in (x_train, x_val, x_test))
    print(f"Data: {data.description}, {train:,} to train, {val:,} to validate, {test:,} to test.\n")

    model = build_model(args.seed)
    model.summary()
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    page = visor.show(model, (x_val, y_val)) if args.visor else None
    history = model.fit(
        x_train,
        y_train,
        batch_size=128 if args.full else 512,
        epochs=args.epochs,
        validation_data=(x_val, y_val),
        callbacks=[visor.FitCallbacks(page=page)] if page else [],
    )

    probabilities = model.predict(x_test, verbose=0)
    print(f"\n{metrics.report(y_test, probabilities)}")
    digits = metrics.predict_classes(probabilities, threshold=0.5)  # -1: no digit found
    print(f"With a threshold of 0.5, no digit is found in {sum(digits == -1):,} of the images.")
    model.save(args.out / "mnist.safetensors")
    files = pictures.save_all(args.out, model, history, x_test, y_test)
    if importlib.util.find_spec("bokeh"):
        files.append(visor.report(model, history, (x_test, y_test), args.out / "report.html"))
    print(AFTER.format(args.out.as_posix(), ", ".join(file.name for file in files)))
    if page:
        page.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="auto", help="auto, digits, mnist or a folder")
    parser.add_argument("--full", action="store_true", help="use all of the digits")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--visor", action="store_true", help="open a page that follows")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for what is written")
    try:
        main(parser.parse_args())
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
    except (ImportError, OSError, ValueError) as error:
        sys.exit(f"mnist.py: {error}")
