"""Ranks killed with kill -9: all ranks end within seconds, and the last checkpoint is whole.

    python -m benchmarks.reliability.ranks_killed [--kills 20] [--ranks 3] [--seed 0]

A training in several processes (`numcnn.parallel`) saves its state after every batch.  At a random
moment one of its ranks, chosen at random, is killed.  The time is taken until ``mpiexec`` and every
rank are gone; then the checkpoint must load.

The control kills nothing: after the same time the ranks are still there.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import numcnn
from numcnn import callbacks, layers, parallel

LONGEST = 10.0  # seconds until all ranks have ended


def training(folder: Path) -> None:
    """Train until somebody ends it; each rank writes its process number."""
    (folder / f"rank{parallel.rank()}.pid").write_text(str(os.getpid()))
    chance = np.random.default_rng(0)
    x, y = chance.random((256, 12, 12, 1)), chance.integers(0, 10, 256)
    backup = callbacks.BackupAndRestore(folder / "backup", save_freq=1, double_checkpoint=True)
    parallel.fit(network(), x, y, batch_size=32, epochs=10**6, verbose=0, callbacks=backup)


def network() -> numcnn.Sequential:
    model = numcnn.Sequential(
        [
            layers.Input((12, 12, 1)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ],
        seed=0,
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def killed_once(mpiexec: list[str], ranks: int, chance: random.Random, kill: bool) -> float | None:
    """Return the seconds until all had ended, None if they did not, or the checkpoint is broken."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, "-m", "mpi4py", "-m", __spec__.name, "--train", name]
        running = subprocess.Popen(
            [*mpiexec, "-n", str(ranks), *command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "NUMCNN_ENGINE": "reference"},
            start_new_session=True,
        )
        first = folder / "backup" / "training.previous.safetensors"
        while not first.exists():
            time.sleep(0.05)
        time.sleep(chance.uniform(0, 0.5))
        pids = [int((folder / f"rank{rank}.pid").read_text()) for rank in range(ranks)]
        start = time.monotonic()
        if kill:
            os.kill(chance.choice(pids), signal.SIGKILL)
        while running.poll() is None or any(map(alive, pids)):
            if time.monotonic() - start > (LONGEST if kill else 3):
                os.killpg(running.pid, signal.SIGKILL)
                for pid in filter(alive, pids):
                    os.kill(pid, signal.SIGKILL)
                running.wait()
                return None
            time.sleep(0.02)
        seconds = time.monotonic() - start
        model = network()
        backup = callbacks.BackupAndRestore(folder / "backup", delete_checkpoint=False)
        x, y = np.zeros((4, 12, 12, 1)), np.zeros(4)
        model.fit(x, y, initial_epoch=1, epochs=1, verbose=0, callbacks=backup)
        return seconds if model.optimizer and model.optimizer.iterations else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--ranks", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--train", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.train:
        training(given.train)
        return
    found = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or "mpiexec"
    about = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    mpiexec = [found, *(["--oversubscribe"] if "HYDRA" not in about else [])]
    chance = random.Random(given.seed)
    times = [killed_once(mpiexec, given.ranks, chance, kill=True) for _ in range(given.kills)]
    ended = [seconds for seconds in times if seconds is not None]
    print(f"numcnn {numcnn.__version__}, {about.split(chr(10))[0]}, seed {given.seed}")
    print(
        f"killed: {len(ended)} of {given.kills} ended on all {given.ranks} ranks with a whole "
        f"checkpoint, the slowest after {max(ended, default=0):.2f} s"
    )
    control = killed_once(mpiexec, given.ranks, chance, kill=False)
    print(f"control, nothing killed: {'the ranks go on' if control is None else 'they ended'}")
    if len(ended) < given.kills or control is not None:
        raise SystemExit("not as it should be")


if __name__ == "__main__":
    main()
