"""Trainings killed with kill -9: every checkpoint loads, and the end is the same to the byte.

    python -m benchmarks.reliability.killed [--kills 100] [--resumes 20] [--seed 0]

Two trials.  In the first a training saves its model again and again, into every kind of file, and
is killed at a random moment; in every second run the moment is chosen inside a save, on a disk made
so slow that the file is then half written.  Whatever file is there must load, and be one of the
states that were saved.  In the second trial a training with `BackupAndRestore` is killed and
started again until it is complete; the weights, the history and the files that it leaves must be
those of a training that was never killed.

The control writes its files in the ordinary way, straight into their place: some must be broken.
"""

import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numcnn

SAVE = "model.safetensors", "model.keras", "model.h5"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--resumes", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print(f"numcnn {numcnn.__version__}, Python {sys.version.split()[0]}, seed {given.seed}")
    chance = random.Random(given.seed)

    good, inside = killed_while_saving(given.kills, chance, guarded=True)
    print(f"killed while it saves: {good} of {given.kills} left whole files ({inside} amid a save)")
    same = sum(resumed(chance) for _ in range(given.resumes))
    print(f"killed and resumed: {same} of {given.resumes} ended with the same bytes")
    control, _ = killed_while_saving(given.kills // 5, chance, guarded=False)
    print(f"control, files written straight: {control} of {given.kills // 5} runs left whole files")
    if good < given.kills or same < given.resumes or control == given.kills // 5:
        raise SystemExit("not as it should be")


# --- the first trial ------------------------------------------------------------------------------

SAVING = """
import contextlib, sys, time
from pathlib import Path
from benchmarks.reliability.killed import fingerprint, training
from numcnn import files
from numcnn.saving import container, hdf5, keras_files

folder, guarded = Path(sys.argv[1]), sys.argv[2] == "True"


class Slow:
    def __init__(self, file):
        self.file = file

    def __getattr__(self, name):
        return getattr(self.file, name)

    def write(self, data):
        for begin in range(0, len(data), 4096):
            self.file.write(data[begin : begin + 4096])
            self.file.flush()
            time.sleep(0.0002)
        return len(data)


def straight(path):
    return open(path, "w+b")


@contextlib.contextmanager
def slow_file(path):
    with (files.new_file if guarded else straight)(path) as file:
        yield Slow(file)


container.new_file = hdf5.new_file = keras_files.new_file = slow_file
model, x, y = training()
print("begun", flush=True)
while True:
    model.fit(x, y, batch_size=8, verbose=0)
    with (folder / "saved").open("a") as log:  # before the save: it may be complete, or not begun
        log.write(fingerprint(model) + "\\n")
    for name in ("model.safetensors", "model.keras", "model.h5"):
        print("saving", flush=True)
        model.save(folder / name)
    print("saved", flush=True)
"""


def killed_while_saving(runs: int, chance: random.Random, guarded: bool) -> tuple[int, int]:
    """Kill that program in so many runs; return how many left whole files, and a half one too."""
    good = inside = 0
    for run in range(runs):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            process = start(SAVING, folder, guarded)
            within_a_save = run % 2 == 0
            until = chance.randrange(1, 12)  # a save of this number, or the training after it
            wanted = "saving" if within_a_save else "saved"
            assert process.stdout is not None
            while until:
                until -= process.stdout.readline().strip() == wanted
            time.sleep(chance.uniform(0, 0.02 if within_a_save else 0.05))
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
            inside += any(folder.glob(".*.part"))  # a file that was half written
            good += files_are_whole(folder)
    return good, inside


def files_are_whole(folder: Path) -> bool:
    """Say whether every model file there loads, and is one of the states that were saved."""
    states = set((folder / "saved").read_text().split())
    for name in SAVE:
        if not (folder / name).exists():
            continue
        try:
            model = numcnn.models.load_model(folder / name)
        except numcnn.models.ModelFileError:
            return False
        if fingerprint(model) not in states:
            return False
    return True


# --- the second trial -----------------------------------------------------------------------------

RESUMING = """
import sys
from pathlib import Path
from benchmarks.reliability.killed import complete

complete(Path(sys.argv[1]), sys.argv[2])
"""

EPOCHS = 8


def complete(folder: Path, save_freq: str) -> None:
    """Train, or go on training, and write down what it has led to."""
    from numcnn import callbacks

    model, x, y = training()
    often = save_freq if save_freq == "epoch" else int(save_freq)
    listening = [
        callbacks.EarlyStopping("loss", patience=4, restore_best_weights=True),
        callbacks.CSVLogger(folder / "logs.csv"),
        callbacks.ModelCheckpoint(folder / "{epoch}.keras", "loss", save_weights_only=False),
        callbacks.BackupAndRestore(folder / "backup", often),
    ]
    print("begun", flush=True)
    history = model.fit(x, y, batch_size=8, epochs=EPOCHS, verbose=0, callbacks=listening)
    (folder / "end").write_text(f"{fingerprint(model)} {history.epoch} {history.history}")


def resumed(chance: random.Random, most_kills: int = 1_000) -> bool:
    """Kill a training and start it again until it is complete; say if the end is the right one."""
    save_freq = chance.choice(("epoch", "3"))
    with tempfile.TemporaryDirectory() as undisturbed, tempfile.TemporaryDirectory() as killed:
        begun = time.perf_counter()
        start(RESUMING, Path(undisturbed), save_freq).communicate()
        takes = time.perf_counter() - begun
        kills = 0
        while not (Path(killed) / "end").exists():
            process = start(RESUMING, Path(killed), save_freq)
            assert process.stdout is not None
            process.stdout.readline()
            try:
                # later and later, so that it comes to an end
                later = chance.uniform(0, takes * (0.2 + kills / 20))
                process.wait(later if kills < most_kills else None)
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
            process.communicate()
        return outcome(Path(undisturbed)) == outcome(Path(killed))


def outcome(folder: Path) -> dict[str, str]:
    """Return what a training has left: its end, its table, and the weights in its files."""
    left = {}
    for path in folder.iterdir():
        if path.suffix == ".keras":  # a zip archive has a date in it
            left[path.name] = fingerprint(numcnn.models.load_model(path))
        elif not path.name.endswith(".part"):
            left[path.name] = path.read_text()
    return left


# --- for both -------------------------------------------------------------------------------------


def training() -> tuple:
    """Return a model and its data."""
    import numpy as np

    from numcnn import layers

    numbers = np.random.default_rng(0)
    x = numbers.random((64, 12, 12, 1), dtype=np.float32)
    model = numcnn.Sequential(
        [
            layers.Conv2D(8, 3, activation="relu", input_shape=(12, 12, 1)),
            layers.Flatten(),
            layers.Dropout(0.25),
            layers.Dense(40, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ],
        seed=0,
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, x, numbers.integers(0, 3, 64)


def fingerprint(model: numcnn.Sequential) -> str:
    """Return a checksum of the weights and the optimizer's state."""
    from numcnn.saving.state import optimizer_state_of, weights_of

    digest = hashlib.sha256()
    numbers, slots = optimizer_state_of(model)
    digest.update(str(numbers["iterations"]).encode())
    for name, array in sorted({**weights_of(model), **slots}.items()):
        digest.update(name.encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def start(program: str, *arguments: object) -> subprocess.Popen:
    """Start a Python process that runs a program."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


if __name__ == "__main__":
    main()
