"""The handwriting tutorial in several processes, on one machine or on many.

pip install ".[mpi]" mpich
mpiexec -n 2 python -m mpi4py examples/two_machines.py

For two machines, both need this folder, the same environment and ssh to each other.  A file
`hosts` names them, with the number of processes on each:

    laptop:2                            (MPICH; Open MPI writes: laptop slots=2)
    192.168.1.20:4

mpiexec -hostfile hosts -n 6 python -m mpi4py examples/two_machines.py

``-m mpi4py`` ends all processes when one of them fails.  One line differs from a program for one
process: `parallel.fit(model, ...)` instead of `model.fit(...)`.
"""

import argparse
import sys
import time

import numcnn
from numcnn import callbacks, layers, parallel
from numcnn.datasets import MnistData


def build_model() -> numcnn.Sequential:
    """The tutorial's network."""
    return numcnn.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(8, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ],
        seed=0,
    )


def main(args: argparse.Namespace) -> None:
    data = MnistData(args.data, seed=0).load()  # each rank reads all of it
    x_train, y_train = data.next_train_batch(args.samples)
    x_test, y_test = data.next_test_batch(1_000)
    x_train, x_test = x_train.reshape(-1, 28, 28, 1), x_test.reshape(-1, 28, 28, 1)

    model = build_model()
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    start = time.perf_counter()
    backup = callbacks.BackupAndRestore("backup")  # after a stop, go on with any number of ranks
    parallel.fit(
        model, x_train, y_train, batch_size=args.batch, epochs=args.epochs, callbacks=backup
    )
    seconds = time.perf_counter() - start
    _, accuracy = parallel.evaluate(model, x_test, y_test, verbose=0)
    profile = parallel.profile(model, x_train[: args.batch])
    if parallel.rank() == 0:  # all ranks have the same model: one of them prints and saves
        model.save("two_machines.safetensors")
        print(
            f"\n{parallel.size()} ranks, {data.description}: accuracy {accuracy:.3f} on 1,000 test "
            f"images, {args.epochs} epochs in {seconds:.1f} s.\n\n{profile}"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="auto", help="auto, digits, mnist or a folder")
    parser.add_argument("--samples", type=int, default=5_500)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch", type=int, default=64, help="samples of all ranks together")
    try:
        main(parser.parse_args())
    except ImportError as error:
        sys.exit(f"two_machines.py: {error}")
