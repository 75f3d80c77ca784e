"""Handwritten digit recognition with a CNN: the TensorFlow.js tutorial, in Python.

python examples/mnist.py                            MNIST, or without network generated digits
python examples/mnist.py --data digits --full       all of the generated digits
python examples/mnist.py --data FOLDER              your own sprite
python examples/mnist.py --visor                    follow the training in the browser
"""

import argparse
import importlib.util
import sys
from pathlib import Path

import numpy as np

import numcnn
from numcnn import layers, metrics, pictures, visor
from numcnn.datasets import MnistData

TRAIN_SIZE, TEST_SIZE = 5_500, 1_000
FULL_TEST_SIZE = 5_000  # with --full; all other images are for training


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


def main() -> None:
    args = parse_arguments()

    num_test = FULL_TEST_SIZE if args.full else None
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        data = MnistData(args.data, num_test=num_test, seed=args.seed).load()
    except (OSError, ValueError) as error:
        sys.exit(f"mnist.py: {error}")
    train_size = data.num_train if args.full else min(TRAIN_SIZE, data.num_train)
    test_size = data.num_test if args.full else min(TEST_SIZE, data.num_test)
    x_train, y_train = data.next_train_batch(train_size)
    x_test, y_test = data.next_test_batch(test_size)
    x_train, x_test = x_train.reshape(-1, 28, 28, 1), x_test.reshape(-1, 28, 28, 1)
    print(f"Data: {data.description}, {train_size:,} to train on, {test_size:,} to test on.\n")

    model = build_model(args.seed)
    model.summary()
    print()
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    callbacks = []
    if args.visor:
        page = visor.show(model, (x_test, y_test))
        print(f"The visor: {page.url}\n")
        callbacks.append(visor.FitCallbacks(page=page))
    history = model.fit(
        x_train,
        y_train,
        batch_size=args.batch_size,
        epochs=args.epochs,
        validation_data=(x_test, y_test),
        callbacks=callbacks,
    )

    loss, accuracy = model.evaluate(x_test, y_test, batch_size=args.batch_size, verbose=0)
    print(f"\nTest loss {loss:.4f}, test accuracy {accuracy:.4f}.\n")
    probabilities = model.predict(x_test, batch_size=args.batch_size, verbose=0)
    print_per_class_accuracy(y_test, probabilities)
    print_confusion_matrix(y_test, probabilities)
    save_pictures(args.out, model, x_test, y_test, probabilities)
    if importlib.util.find_spec("bokeh"):
        report = visor.report(model, history, (x_test, y_test), args.out / "report.html")
        print(f"Report: {report}")
    if args.visor:
        print(f"The visor stays at {page.url} until Ctrl-C.")
        page.wait()


def print_per_class_accuracy(labels: np.ndarray, probabilities: np.ndarray) -> None:
    shares, counts = metrics.per_class_accuracy(labels, probabilities)
    print("Accuracy by class")
    print("  digit  accuracy  images")
    for digit, (share, count) in enumerate(zip(shares, counts, strict=True)):
        print(f"  {digit:>5}  {share:8.3f}  {count:6,}")


def print_confusion_matrix(labels: np.ndarray, probabilities: np.ndarray) -> None:
    print("\nConfusion matrix: rows are labels, columns are predictions")
    print("      " + "".join(f"{digit:>6}" for digit in range(10)))
    for digit, row in enumerate(metrics.confusion_matrix(labels, probabilities)):
        print(f"  {digit:>3} " + "".join(f"{count or '.':>6}" for count in row))


def save_pictures(
    folder: Path,
    model: numcnn.Sequential,
    images: np.ndarray,
    labels: np.ndarray,
    probabilities: np.ndarray,
) -> None:
    digits = labels.argmax(axis=1)
    kernel = model.layers[0].get_weights()[0]
    sheets = {
        "examples.png": pictures.sheet(images[:20], digits[:20], "20 test images and their labels"),
        "filters.png": pictures.filters_sheet(kernel, "8 learned filters of the first layer", 16),
        "mistakes.png": pictures.mistakes_sheet(images, digits, probabilities),
    }
    for name, picture in sheets.items():
        picture.save(folder / name)
    print(f"\nPictures: {', '.join(str(folder / name) for name in sheets)}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="auto", help="auto, digits, mnist or a folder")
    parser.add_argument("--full", action="store_true", help="train on all images but 5,000")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, help="512, or with --full 128")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--visor", action="store_true", help="a live page; needs numcnn[visor]")
    parser.add_argument(
        "--out", type=Path, default=Path("out"), help="folder for the pictures and the report"
    )
    args = parser.parse_args()
    if args.batch_size is None:  # of ten times the images, smaller batches make many more steps
        args.batch_size = 128 if args.full else 512
    if min(args.epochs, args.batch_size) < 1:
        parser.error("--epochs and --batch-size must be at least 1")
    if args.visor and not importlib.util.find_spec("bokeh"):
        parser.error("--visor draws with Bokeh: pip install '.[visor]'")
    return args


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
