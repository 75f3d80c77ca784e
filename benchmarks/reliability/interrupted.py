"""Ctrl-C at random moments: the training stops at once, and model and checkpoint can be used.

    python -m benchmarks.reliability.interrupted [--times 50] [--seed 0]

A training that saves a checkpoint after every other batch gets SIGINT.  It has a second to stop.
Then the model must predict finite numbers, train on, and be saved; and the checkpoint must load.
The control is a training that catches KeyboardInterrupt and goes on: it must be found too slow.
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time

import numcnn

PROGRAM = """
import signal, sys
from pathlib import Path
import numpy as np
from benchmarks.reliability.killed import training
from numcnn import callbacks, models

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
folder, deaf = Path(sys.argv[1]), sys.argv[2] == "True"
model, x, y = training()
path = folder / "model.safetensors"
often = callbacks.ModelCheckpoint(path, save_freq=2)
model.fit(x, y, batch_size=8, verbose=0, callbacks=often)
sys.stderr.write("begun\\n")
sys.stderr.flush()
while True:
    try:
        model.fit(x, y, batch_size=8, epochs=10_000, verbose=1, callbacks=often)
    except KeyboardInterrupt:
        if not deaf:
            break
sys.stderr.write("stopped\\n")
sys.stderr.flush()
models.load_model(path).fit(x, y, verbose=0)
assert np.isfinite(model.predict(x, verbose=0)).all()
model.fit(x, y, verbose=0)
model.save(path)
assert [file.name for file in folder.iterdir()] == [path.name]
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print(f"numcnn {numcnn.__version__}, Python {sys.version.split()[0]}, seed {given.seed}")
    chance = random.Random(given.seed)
    outcomes = [interrupted(chance.uniform(0, 0.5)) for _ in range(given.times)]
    good = sum(took is not None and took < 1 for took in outcomes)
    slowest = max((took for took in outcomes if took is not None), default=0.0)
    told = f"stopped within a second and can be used (the slowest took {slowest:.2f} s)"
    print(f"interrupted trainings: {good} of {given.times} {told}")
    control = interrupted(0.1, deaf=True)
    print(f"control, a training that does not listen: {'NOT noticed' if control else 'noticed'}")
    if good < given.times or control is not None:
        raise SystemExit("not as it should be")


def interrupted(after: float, deaf: bool = False) -> float | None:
    """Interrupt a training; return how long it took to stop, or None if it was not all right."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", PROGRAM, folder, str(deaf)]
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        while process.stderr.readline() not in ("begun\n", ""):
            pass
        time.sleep(after)
        begun = time.perf_counter()
        process.send_signal(signal.SIGINT)
        if deaf:
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                return None
        while process.stderr.readline() not in ("stopped\n", ""):
            pass
        took = time.perf_counter() - begun
        _, complaints = process.communicate()
        if process.returncode:
            print(complaints)
        return took if process.returncode == 0 else None


if __name__ == "__main__":
    main()
