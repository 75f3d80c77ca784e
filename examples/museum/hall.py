"""What every exhibit of the museum needs: digits, a training with a clock, a row of the table.

python examples/museum/hall.py             # all exhibits, and the table
python examples/museum/resnet.py           # one of them, with its picture
"""

import argparse
import importlib
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import numcnn
from numcnn import layers
from numcnn.datasets import digits
from numcnn.flops import flop

EXHIBITS = (
    *("lenet5", "alexnet", "vgg", "network_in_network", "inception", "resnet", "densenet"),
    *("mobilenet", "unet"),
)
HEAD = f"{'':<20}{'year':>6}{'layers':>8}{'parameters':>12}{'MFLOP':>8}"
HEAD += f"{'accuracy':>10}{'seconds':>9}"


def samples(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return generated digits ``(N, 28, 28, 1)`` from 0 to 1, and their classes."""
    images, labels = digits.generate(count, seed=seed)
    return images[..., np.newaxis] / np.float32(255), labels


def mflop(model: numcnn.Model) -> float:
    """Return the multiplications and additions for one image, in millions."""
    counts = (flop(node.layer, node.shapes[0], node.output_shape) for node in model.nodes)
    return sum(count or 0 for count in counts) / 1e6


def described(exhibit: Any, model: numcnn.Model) -> str:
    """Return the part of a row that is known before the training."""
    depth = sum(bool(layer.parameters) for layer in model.layers)
    depth -= sum(isinstance(layer, layers.BatchNormalization) for layer in model.layers)
    about = f"{exhibit.NAME:<20}{exhibit.YEAR:>6}{depth:>8}{model.count_params():>12,}"
    return f"{about}{mflop(model):>8.2f}"


def row(name: str, images: int = 3000, epochs: int = 0, picture: bool = False) -> str:
    """Train an exhibit, and return its row of the table."""
    exhibit = importlib.import_module(name)
    numcnn.set_random_seed(0)
    model = exhibit.build()
    loss = getattr(exhibit, "LOSS", "sparse_categorical_crossentropy")
    model.compile(numcnn.optimizers.Adam(exhibit.RATE), loss, metrics=["accuracy"])
    make = getattr(exhibit, "samples", samples)
    (x, y), (x_new, y_new) = make(images, seed=0), make(min(images, 500), seed=1)
    if picture:
        model.summary()
        numcnn.utils.plot_model(model, f"{name}.png", show_shapes=True, dpi=96)
    begin = time.perf_counter()
    model.fit(x, y, batch_size=50, epochs=epochs or exhibit.EPOCHS, verbose=2 if picture else 0)
    seconds = time.perf_counter() - begin
    accuracy = model.evaluate(x_new, y_new, verbose=0)[1]
    return f"{described(exhibit, model)}{accuracy:>10.1%}{seconds:>9.1f}"


def main(name: str = "", picture: bool = True) -> None:
    """Show one exhibit, or all of them in a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=3000)
    parser.add_argument("--epochs", type=int, default=0, help="0: as many as the exhibit asks for")
    args = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parent))
    print(HEAD)
    for exhibit in [name] if name else EXHIBITS:
        print(row(exhibit, args.images, args.epochs, picture), flush=True)


if __name__ == "__main__":
    main(picture=False)
