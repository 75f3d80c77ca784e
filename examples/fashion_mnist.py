"""Clothing recognition with a CNN: Keras's Fashion-MNIST tutorial, with another import.

python examples/fashion_mnist.py                    Fashion-MNIST, or without the internet silhouettes
python examples/fashion_mnist.py --data FOLDER      your own IDX files, gzipped or plain
"""

import argparse
import sys
from pathlib import Path

import numpy as np

import numcnn as keras
from numcnn import metrics, pictures
from numcnn.datasets.fashion_mnist import CLASS_NAMES


def build_model() -> keras.Sequential:
    model = keras.Sequential()
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


def main() -> None:
    args = parse_arguments()
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        keras.utils.set_random_seed(args.seed)
        train, test = keras.datasets.fashion_mnist.load_data(args.data)
    except (OSError, ValueError) as error:
        sys.exit(f"fashion_mnist.py: {error}")

    test_input, test_target = test
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
    test_loss, test_accuracy = model.evaluate(test_scaled, test_target, verbose=0)
    print(f"\nThe best epoch was number {best + 1}; its weights are restored.")
    print(f"Validation loss {val_loss:.4f}, accuracy {val_accuracy:.4f}.")
    print(f"Test loss {test_loss:.4f}, accuracy {test_accuracy:.4f}.\n")

    probabilities = model.predict(test_scaled, verbose=0)
    print_per_class_accuracy(test_target, probabilities)
    save_pictures(args.out, test_scaled, test_target, probabilities)


def print_per_class_accuracy(labels: np.ndarray, probabilities: np.ndarray) -> None:
    shares, counts = metrics.per_class_accuracy(labels, probabilities)
    print("Accuracy by class")
    for name, share, count in zip(CLASS_NAMES, shares, counts, strict=True):
        print(f"  {name:<12} {share:.3f}  of {count:,} images")


def save_pictures(
    folder: Path, images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray
) -> None:
    names = [CLASS_NAMES[label] for label in labels[:20]]
    sheets = {
        "clothes.png": pictures.sheet(images[:20], names, "20 test images and their labels"),
        "clothes-mistakes.png": pictures.mistakes_sheet(
            images, labels, probabilities, at_most=20, columns=5, names=CLASS_NAMES
        ),
    }
    for name, picture in sheets.items():
        picture.save(folder / name)
    print(
        f"\nPictures: {', '.join(str(folder / name) for name in ('cnn-architecture.png', *sheets))}"
    )


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="a folder with the four IDX files")
    parser.add_argument("--epochs", type=int, default=20, help="at most so many")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument(
        "--out", type=Path, default=Path("out"), help="folder for model and pictures"
    )
    args = parser.parse_args()
    if args.epochs < 1:
        parser.error("--epochs must be at least 1")
    return args


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
