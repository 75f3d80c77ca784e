"""Clothing recognition with a CNN: a textbook's Keras program, with another import.

python examples/fashion_mnist.py                    Fashion-MNIST, or without internet silhouettes
python examples/fashion_mnist.py --data FOLDER      your own IDX files, gzipped or plain
"""

import argparse
import importlib.util
import math
import sys
import time
from pathlib import Path

import numpy as np

import numcnn as keras
from numcnn import metrics, pictures, visor
from numcnn.datasets.fashion_mnist import CLASS_NAMES


def build_model() -> keras.Sequential:
    model = keras.Sequential(name="fashion")
    model.add(
        keras.layers.Conv2D(
            32, kernel_size=3, activation="relu", padding="same", input_shape=(28, 28, 1)
        )
    )
    model.add(keras.layers.MaxPooling2D(2))
    model.add(keras.layers.Conv2D(64, kernel_size=3, activation="relu", padding="same"))
    model.add(keras.layers.MaxPooling2D(2))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(100, activation="relu"))
    model.add(keras.layers.Dropout(0.4))
    model.add(keras.layers.Dense(10, activation="softmax"))
    return model


def seconds_an_epoch(model: keras.Sequential, train: tuple, val: tuple) -> float:
    """Return how long an epoch will take, by training a copy of the model on a few images."""
    copy = keras.models.clone_model(model)
    copy.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

    def seconds(part: float) -> float:
        (x, y), (x_val, y_val) = (
            (x[: math.ceil(part * len(x))], y[: math.ceil(part * len(x))]) for x, y in (train, val)
        )
        start = time.perf_counter()
        copy.fit(x, y, validation_data=(x_val, y_val), verbose=0)
        return time.perf_counter() - start

    part = min(1, 1280 / len(train[0]))
    seconds(part / 20)  # the first step of a program takes longer than others
    return seconds(part) / part


def main(args: argparse.Namespace) -> None:
    args.out.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(args.seed)
    train, (test_input, test_target) = keras.datasets.fashion_mnist.load_data(args.data)
    (train_input, train_target), (val_input, val_target) = keras.utils.split_dataset(
        train, left_size=0.8
    )
    train_scaled, val_scaled, test_scaled = (
        images.reshape(-1, 28, 28, 1) / 255.0 for images in (train_input, val_input, test_input)
    )
    print(
        f"Images: {len(train_scaled):,} to train on, {len(val_scaled):,} to validate with, "
        f"{len(test_scaled):,} to test on.\n"
    )

    model = build_model()
    model.summary()
    keras.utils.plot_model(
        model, show_shapes=True, to_file=args.out / "cnn-architecture.png", dpi=300
    )

    seconds = seconds_an_epoch(model, (train_scaled, train_target), (val_scaled, val_target))
    print(
        f"\nAn epoch will take about {max(seconds, 1):.0f} s, and there are at most {args.epochs};"
    )
    print("the training ends when the validation loss has not improved for two of them.\n")
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    checkpoint_cb = keras.callbacks.ModelCheckpoint(
        args.out / "best-cnn-model.safetensors", save_best_only=True
    )
    early_stopping_cb = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    history = model.fit(
        train_scaled,
        train_target,
        epochs=args.epochs,
        validation_data=(val_scaled, val_target),
        callbacks=[checkpoint_cb, early_stopping_cb],
    )

    best = int(np.argmin(history.history["val_loss"]))
    val_loss, val_accuracy = model.evaluate(val_scaled, val_target, verbose=0)
    print(f"\nThe best epoch was number {best + 1}; its weights are restored.")
    print(f"Validation loss {val_loss:.4f}, accuracy {val_accuracy:.4f}.\n")

    first = model.predict(val_scaled[:1], verbose=0)[0]  # (10,)
    said, label = CLASS_NAMES[first.argmax()], CLASS_NAMES[val_target[0]]
    print(f"The first validation image, {label}, is taken for {said}:")
    for name, probability in zip(CLASS_NAMES, first, strict=True):
        print(f"  {name:<12} {probability:6.1%}  {'#' * round(40 * probability)}")

    print(f"\n{metrics.report(test_target, model.predict(test_scaled, verbose=0), CLASS_NAMES)}\n")
    show(args.out, model, history, (val_scaled, val_target), (test_scaled, test_target))


def show(folder: Path, model: keras.Sequential, history: object, val: tuple, test: tuple) -> None:
    """Draw the pictures and, where Bokeh is there, write the report."""
    files = pictures.save_all(folder, model, history, *test, CLASS_NAMES)
    images, labels = val
    first = pictures.sheet(images[:1], [CLASS_NAMES[labels[0]]], "The first validation image", 1, 8)
    bars = pictures.bars(
        model.predict(images[:1], verbose=0)[0],
        CLASS_NAMES,
        "The probabilities that the network gives",
    )
    for name, picture in (("first.png", first), ("first-bars.png", bars)):
        picture.save(folder / name)
        files.append(folder / name)
    if importlib.util.find_spec("bokeh"):
        files.append(visor.report(model, history, test, folder / "report.html", CLASS_NAMES))
    names = ", ".join(sorted(file.name for file in files))
    print(f"In {folder}: best-cnn-model.safetensors, cnn-architecture.png, {names}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="a folder with the four IDX files")
    parser.add_argument("--epochs", type=int, default=20, help="at most this many")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument(
        "--out", type=Path, default=Path("out/fashion"), help="folder for model and pictures"
    )
    args = parser.parse_args()
    if args.epochs < 1:
        sys.exit(f"epochs must be at least 1, got {args.epochs}.")
    try:
        main(args)
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
    except (OSError, ValueError) as error:
        sys.exit(f"fashion_mnist.py: {error}")
