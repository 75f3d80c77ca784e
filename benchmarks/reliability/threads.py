"""Threads and forks: trainings and predictions beside each other are right, and none hangs.

    python -m benchmarks.reliability.threads [--answers 3000] [--rounds 3]

Four threads train at once, four ask one predictor, one trains while children are forked that train
and predict; each in a process with a time limit.  Everything must be the bytes that come of the
same work alone.

The controls are a child that waits for a lock which a thread of its parent held: it must be found
to hang; and threads that train one and the same model: other bytes must result.
"""

import argparse
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

import numcnn
from benchmarks.reliability.killed import fingerprint, training
from benchmarks.reliability.processes import python

LIMIT = 300.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--answers", type=int, default=3_000, help="of each of four threads")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    trials = {
        "trainings in four threads": ("trainings", given.rounds),
        "answers in four threads": ("answers", given.answers),
    }
    if hasattr(os, "fork"):
        trials["forked children"] = ("children", given.rounds)
    fine = True
    for what, (name, times) in trials.items():
        said, good, tried = trial(name, times, LIMIT)
        print(f"{what}: {good} of {tried} right")
        fine &= good == tried > 0
        if not good == tried > 0:
            print(said[-2_000:])
    hangs = not hasattr(os, "fork") or trial("waiting", 1, 5)[0] == HANGS
    print(f"control, a child waits for ever: {'found to hang' if hangs else 'NOT noticed'}")
    _, good, tried = trial("one_model", 1, LIMIT)
    noticed = f"{tried - good} differ" if good < tried else "NOT noticed"
    print(f"control, threads train the same model: {noticed}")
    if not (fine and hangs and good < tried):
        raise SystemExit("not as it should be")


HANGS = "hangs"


def trial(name: str, times: int, limit: float) -> tuple[str, int, int]:
    """Run a function of this module in a process of its own; return what it counted."""
    program = f"from benchmarks.reliability import threads; print(*threads.{name}({times}))"
    said, status = python(["-W", "ignore", "-c", program], limit)
    if status is None:
        return HANGS, 0, 1
    if status:
        return said, 0, 1
    good, tried = map(int, said.split()[-2:])
    return said, good, tried


def train(model: Any = None) -> str:
    fresh, x, y = training()
    model = model or fresh
    model.fit(x, y, batch_size=8, epochs=2, verbose=0)
    return fingerprint(model)


def trainings(rounds: int) -> tuple[int, int]:
    """Train in four threads; count those that end as one alone."""
    alone = train()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: train(), range(4 * rounds)))
    return found.count(alone), len(found)


def one_model(rounds: int) -> tuple[int, int]:
    """Train one model in four threads, as nobody should."""
    alone = train()
    model, _, _ = training()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: train(model), range(4 * rounds)))
    return found.count(alone), len(found)


def answers(times: int) -> tuple[int, int]:
    """Ask one predictor in four threads while another thread trains."""
    model, x, _ = training()
    predict = numcnn.Predictor(model)
    expected = [predict(x[i : i + 1]).tobytes() for i in range(len(x))]
    busy = True

    def other() -> None:
        while busy:
            train()

    def ask(thread: int) -> int:
        rng = np.random.default_rng(thread)
        places = rng.integers(0, len(x), times)
        return sum(predict(x[i : i + 1]).tobytes() == expected[i] for i in places)

    thread = threading.Thread(target=other)
    thread.start()
    with ThreadPoolExecutor(4) as pool:
        good = sum(pool.map(ask, range(4)))
    busy = False
    thread.join()
    return good, 4 * times


def children(rounds: int) -> tuple[int, int]:
    """Fork children that train, while a thread of the parent trains."""
    alone, busy, good = train(), True, 0

    def other() -> None:
        while busy:
            train()

    thread = threading.Thread(target=other)
    thread.start()
    for _ in range(4 * rounds):
        child = os.fork()
        if child == 0:
            os._exit(0 if train() == alone else 1)
        good += os.waitpid(child, 0)[1] == 0
    busy = False
    thread.join()
    return good, 4 * rounds


def waiting(rounds: int) -> tuple[int, int]:
    """Fork a child that takes a lock of its parent's, which nobody gives back there."""
    lock = threading.Lock()
    lock.acquire()
    child = os.fork()
    if child == 0:
        lock.acquire()
        os._exit(0)
    return int(os.waitpid(child, 0)[1] == 0), rounds


if __name__ == "__main__":
    main()
