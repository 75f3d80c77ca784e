"""Together: what keeps the ranks of a training in step, and ends all of them if one fails."""

from __future__ import annotations

import copy
import hashlib
import inspect
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import numpy as np

from numcnn import engine
from numcnn.callbacks import Callback, Logs
from numcnn.callbacks.base import callback_list
from numcnn.parallel.ranks import ApartError, Ranks
from numcnn.saving.training_state import training_state, training_state_to

RANDOM = ("random", "standard_normal", "normal", "uniform", "integers")
"""Methods of a generator whose result has a row for each sample."""


def run(
    ranks: Ranks, model: Any, method: str, data: tuple[Any, ...], options: dict[str, Any]
) -> Any:
    """Call a model's `fit` or `evaluate` in such a way that its steps are those of all ranks."""
    call = getattr(model, method)
    if ranks.size == 1:
        return call(*data, **options)
    follow = Follow(ranks)
    try:
        arguments = inspect.signature(call).bind(*data, **options).arguments
        callbacks = callback_list(arguments.get("callbacks"))
        follow.agenda = agenda(model, arguments)
        if ranks.rank:
            callbacks, arguments["verbose"] = [], 0
        arguments["callbacks"] = [*callbacks, follow]
        return call(**arguments)
    except BaseException as error:
        follow.fail(error)
        raise
    finally:
        follow.let_go()


class Follow(Callback):
    """The last callback of each rank: rank 0 says what its callbacks changed, the others follow."""

    comes_last = True

    def __init__(self, ranks: Ranks) -> None:
        super().__init__()
        self.ranks = ranks
        self.agenda: dict[str, str] = {}
        self.met = False
        self.cores, self.step = ExitStack(), ExitStack()
        self.chances: list[tuple[Any, np.random.Generator]] = []

    # Before the first step -----------------------------------------------------------------------

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Compare what the ranks are to do; take rank 0's state, also one that it restored."""
        self.meet(self.agenda)
        self.take_state()
        for layer in self.model.flat:
            self.chances.append((layer, layer.rng))
            layer.rng = Chance(layer.rng, self.ranks)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Measure in all ranks from here on; before the first step, compare what they are to do.

        What a callback of rank 0 measures by itself, at other times, it measures alone.
        """
        if not self.met:
            self.meet(self.agenda)
            self.take_weights()
        self.step.enter_context(step_of(self.model, "test_step", self.ranks.test_step))

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Give the model its own step back."""
        self.step.close()

    def tell(self, agenda: dict[str, str]) -> list[dict[str, str]]:
        """Tell the other ranks what this one is to do; return what each of them is to do."""
        self.met = True
        return self.ranks.comm.allgather(agenda)

    def meet(self, agenda: dict[str, str]) -> None:
        """Compare the ranks' agendas: raise in all ranks if one has another, or has failed."""
        agendas = self.tell(agenda)
        for rank, other in enumerate(agendas):
            if "error" in other:
                raise ApartError(f"rank {rank} can't take part: {other['error']}")
        for name, first in agendas[0].items():
            different = [rank for rank, other in enumerate(agendas) if other[name] != first]
            if different:
                raise ApartError(
                    f"rank {different[0]} has another {name} than rank 0: all ranks need the same "
                    "program, the same arguments and the same data."
                )
        self.cores.enter_context(shared_cores(self.ranks))

    # Between the steps ---------------------------------------------------------------------------

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Take over what the callbacks changed at the end of the last epoch, or now."""
        self.take_state()

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Take over the learning rate; the step that follows is one of all ranks."""
        self.take_notice(batch)
        self.step.enter_context(step_of(self.model, "train_step", self.ranks.train_step))

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Give the model its own step back; take over whether the training ends here."""
        self.step.close()
        self.take_notice(batch)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Take over whether the training ends here."""
        self.take_notice(-1)

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Take over the weights, which `EarlyStopping` may have put back, and the history."""
        self.take_state()

    def take_notice(self, batch: int) -> None:
        """Take over from rank 0 the learning rate, and whether the training ends."""
        model, rate = self.model, float(self.model.optimizer.learning_rate)
        notice = np.array([batch, model.stop_training, rate])
        self.ranks.comm.Bcast(notice)
        if notice[0] != batch:
            raise ValueError(
                "the ranks were given different numbers of batches: a generator must give every "
                "rank the same."
            )
        model.stop_training = bool(notice[1])
        if notice[2] != rate:
            model.optimizer.learning_rate = float(notice[2])

    def take_weights(self) -> None:
        """Take over the weights of rank 0."""
        for parameter in self.model.parameters:
            value = np.ascontiguousarray(parameter.value)
            self.ranks.comm.Bcast(value)
            parameter.value[...] = value

    def take_state(self) -> None:
        """Take over the whole state of rank 0's training: weights, optimizer, chance, history."""
        model, history = self.model, [self.model.history]
        state = training_state(model, history) if not self.ranks.rank else None
        state = self.ranks.comm.bcast(state)
        if self.ranks.rank:
            training_state_to(model, history, *state)()

    # After the last step -------------------------------------------------------------------------

    def let_go(self) -> None:
        """Give back what was taken: the layers' generators, the model's step, all cores."""
        self.cores.close()
        self.step.close()
        for layer, rng in self.chances:
            layer.rng = rng
        self.chances.clear()

    def fail(self, error: BaseException) -> None:
        """Tell the other ranks of an error here: without that they would wait for ever."""
        if isinstance(error, ApartError):
            return  # they know
        if not self.met:
            self.tell({"error": f"{type(error).__name__}: {error}"})
            return
        traceback.print_exception(error)
        sys.stderr.write(f"rank {self.ranks.rank} failed, so all {self.ranks.size} ranks end.\n")
        sys.stderr.flush()
        time.sleep(0.3)  # mpiexec passes on what was printed, unless it is ended first
        self.ranks.comm.Abort(1)


class Chance:
    """A layer's generator: it draws for the whole batch, and returns the rows of this rank."""

    def __init__(self, rng: np.random.Generator, ranks: Ranks) -> None:
        self.rng, self.ranks = rng, ranks

    def __deepcopy__(self, memo: dict[int, Any]) -> np.random.Generator:
        """A copy of the layer draws for itself."""
        return copy.deepcopy(self.rng, memo)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.rng, name)
        return self._of_the_batch(method) if name in RANDOM else method

    def _of_the_batch(self, method: Any) -> Any:
        rows = self.ranks.rows
        mine, whole = rows.stop - rows.start, self.ranks.samples

        def longer(value: Any) -> Any:
            """Return the shape of the whole batch's numbers for that of this rank's."""
            of_samples = isinstance(value, tuple) and value and value[0] == mine
            return (whole, *value[1:]) if of_samples else value

        def draw(*arguments: Any, **named: Any) -> np.ndarray:
            drawn = method(
                *map(longer, arguments), **{name: longer(value) for name, value in named.items()}
            )
            return np.ascontiguousarray(drawn[rows])

        return draw


def agenda(model: Any, arguments: dict[str, Any]) -> dict[str, str]:
    """Return what a rank is to do, in short texts to compare."""
    layers = [(type(layer), {**layer.get_config(), "name": 0, "seed": 0}) for layer in model.flat]
    given = {name: arguments[name] for name in arguments if name not in ("callbacks", "verbose")}
    return {
        "model": digest(layers),
        "optimizer": digest(model.optimizer),
        "loss or metric": digest(model.compiled_with),
        **{f"argument {name}": digest(value) for name, value in sorted(given.items())},
    }


def digest(value: Any) -> str:
    """Return a short text that differs where the values differ."""
    found = hashlib.blake2b(digest_size=8)

    def add(part: Any) -> None:
        if hasattr(part, "get_config") and not isinstance(part, type):
            part = (type(part), part.get_config())
        if isinstance(part, dict):
            part = sorted(part.items())
        if isinstance(part, tuple | list):
            found.update(f"{len(part)} parts".encode())
            for inner in part:
                add(inner)
        elif hasattr(part, "__array__"):
            array: Any = np.ascontiguousarray(part)
            found.update(f"{array.dtype.str} {array.shape}".encode())
            found.update(array if array.dtype.kind in "biuf" else repr(part).encode())
        elif part is None or isinstance(part, str | bytes | int | float):
            found.update(repr(part).encode())
        else:  # a class, a function, what gives batches: these have no numbers to compare
            found.update(getattr(part, "__qualname__", type(part).__qualname__).encode())

    add(value)
    return found.hexdigest()


@contextmanager
def step_of(model: Any, name: str, step: Callable[..., Logs]) -> Iterator[None]:
    """Let a model take another `train_step` or `test_step` for its own."""
    own = vars(model).get(name)
    setattr(model, name, partial(step, model))
    try:
        yield
    finally:
        if own is None:
            delattr(model, name)
        else:
            setattr(model, name, own)


@contextmanager
def shared_cores(ranks: Ranks) -> Iterator[None]:
    """Divide the cores of this machine among its ranks: a rank that waits takes a whole core."""
    neighbours = ranks.comm.Split_type(ranks.MPI.COMM_TYPE_SHARED)
    cores: set[int] = set().union(*neighbours.allgather(cores_of_this_process()))
    engine.use_threads(max(1, len(cores) // neighbours.Get_size()))
    neighbours.Free()
    try:
        yield
    finally:
        engine.use_threads()


def cores_of_this_process() -> set[int]:
    """Return the numbers of the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))
