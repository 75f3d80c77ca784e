"""Try learning rates and widths: independent trainings, one on each core.

pip install ".[sweep]"
python examples/sweep.py

Each training is finished by one process with one thread, through joblib.  Each result is a line of
`sweep.jsonl`, so a sweep that was stopped goes on where it was.  At the end come a table and
`sweep.png`.

The same trainings run on a Dask cluster with --dask ADDRESS, such as --dask scheduler:8786.
"""

import argparse
import json
import sys
from itertools import product
from pathlib import Path

import joblib
from tqdm import tqdm

import numcnn
from numcnn import engine, layers, optimizers, pictures
from numcnn.datasets import digits

RATES = 0.0003, 0.001, 0.003, 0.01, 0.03
WIDTHS = 4, 8, 16


def trained(rate: float, width: int, samples: int, epochs: int) -> dict[str, float]:
    """Train a network; return its settings and its accuracy on images that it has not seen."""
    engine.use_threads(1)  # the processes share the cores
    x, y = digits.generate(samples + 1_000, seed=0)
    x = x[..., None] / 255.0
    model = numcnn.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(width, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(2 * width, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ],
        seed=0,
    )
    model.compile(optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x[:samples], y[:samples], batch_size=32, epochs=epochs, verbose=0)
    loss, accuracy = model.evaluate(x[samples:], y[samples:], verbose=0)
    return {"rate": rate, "width": width, "loss": loss, "accuracy": accuracy}


def main(args: argparse.Namespace) -> None:
    file = args.out / "sweep.jsonl"
    args.out.mkdir(parents=True, exist_ok=True)
    results = finished(file)
    settings = [pair for pair in product(RATES, WIDTHS) if pair not in results]
    print(f"{len(results)} trainings are done, {len(settings)} to go.")
    work = (
        joblib.delayed(trained)(rate, width, args.samples, args.epochs) for rate, width in settings
    )
    if args.dask:
        import dask.distributed

        client = dask.distributed.Client(args.dask)  # joblib sends its work to the last client
        print(f"Dask: {client.dashboard_link}")
    backend = "dask" if args.dask else "loky"
    with joblib.parallel_config(backend=backend, n_jobs=args.jobs):
        running = joblib.Parallel(return_as="generator_unordered")(work)
        with file.open("a") as lines:
            for result in tqdm(running, total=len(settings), unit="training", ascii=True):
                lines.write(json.dumps(result) + "\n")
                lines.flush()  # kept, whatever happens next
                results[result["rate"], result["width"]] = result

    print(f"\nAccuracy on 1,000 images, after {args.epochs} epochs of {args.samples:,}")
    print("learning rate " + "".join(f"{width:>7} filters" for width in WIDTHS))
    for rate in RATES:
        row = (f"{results[rate, width]['accuracy']:>15.3f}" for width in WIDTHS)
        print(f"{rate:>13g} " + "".join(row))
    curves = {
        f"{width} filters": (RATES, [results[rate, width]["accuracy"] for rate in RATES])
        for width in WIDTHS
    }
    title = "Which learning rate, and how many filters?"
    labels = "learning rate of Adam", "accuracy on images that were held out"
    pictures.lines(curves, title, *labels, log_x=True).save(args.out / "sweep.png")
    best = max(results.values(), key=lambda result: result["accuracy"])
    print(f"\nBest: learning rate {best['rate']:g}, {best['width']} filters.")
    print(f"In {args.out.as_posix()}: sweep.jsonl, sweep.png")


def finished(file: Path) -> dict[tuple[float, int], dict[str, float]]:
    """Return the results of an earlier run; a line that a stop cut off is left out."""
    results = {}
    for line in file.read_text().splitlines() if file.exists() else []:
        try:
            result = json.loads(line)
            results[result["rate"], result["width"]] = result
        except ValueError:
            continue
    if file.exists():
        file.write_text("".join(json.dumps(result) + "\n" for result in results.values()))
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=2_000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=-1, help="processes; -1: one for each core")
    parser.add_argument("--dask", metavar="ADDRESS", help="the scheduler of a Dask cluster")
    parser.add_argument("--out", type=Path, default=Path("out"))
    try:
        main(parser.parse_args())
    except KeyboardInterrupt:
        sys.exit("\nStopped; the same command goes on from here.")
