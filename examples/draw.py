"""Draw digits, and watch a network read them: the prediction, every layer, and why.

python examples/draw.py                  trains a network first, in seconds, if there is none yet
python examples/draw.py --model FILE     with your own
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from mnist import build_model

from numcnn import visor
from numcnn.datasets import digits
from numcnn.models import load_model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=Path("out/draw.safetensors"))
    parser.add_argument("--port", type=int, default=0, help="of the page; by default a free one")
    parser.add_argument("--no-browser", action="store_true", help="only say where the page is")
    args = parser.parse_args()
    draw = visor.draw  # needs Bokeh: it is asked for before any training
    if not args.model.exists():
        print(f"There is no {args.model} yet: training a network on 20,000 generated digits.")
        train(args.model)
    draw(load_model(args.model), args.port, not args.no_browser)


def train(path: Path) -> None:
    images, labels = digits.generate(20_000)
    model = build_model(seed=0)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(images[..., np.newaxis] / np.float32(255), labels, batch_size=64, epochs=3)
    path.parent.mkdir(parents=True, exist_ok=True)
    model.save(path)
    print(f"The model is kept in {path}.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
    except (ImportError, OSError, ValueError) as error:
        sys.exit(f"draw.py: {error}")
