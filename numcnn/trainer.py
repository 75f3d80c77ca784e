"""Trainer: fit, evaluate, predict, and what they check."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from numbers import Integral
from typing import Any

import numpy as np

from numcnn import engine, evaluation, training
from numcnn import metrics as metrics_
from numcnn.batches import Batches, Samples, split_off
from numcnn.callbacks import Callback, CallbackList, History, Logs
from numcnn.checks import flag, number, positive_int, shown
from numcnn.compiled import Compiled
from numcnn.configuration import named_arguments
from numcnn.console import write
from numcnn.data_checks import (
    checked_data,
    checked_for_training,
    data_for_training,
    samples_for,
)
from numcnn.divergence import DivergenceWarning
from numcnn.progress import ProgressBar
from numcnn.several import listed
from numcnn.streams import Stream, stream_of
from numcnn.summary import summary_html, summary_table

BATCH_SIZE = 32

TRAINING_NEEDS = "For a training it must give steps_per_epoch * epochs batches."
VALIDATION_NEEDS = (
    "As validation_data it must give validation_steps batches for each epoch that is validated."
)


class Trainer(Compiled):
    """What every model can do beside its mathematics: compile, fit, evaluate, predict."""

    # the model's own
    rng: Any
    rescales: Any
    build: Any
    unbuild: Any
    infer: Any
    as_described: Any
    input_shape: Any
    output_shape: Any

    # Training and its counterparts ---------------------------------------------------------------

    test_step = evaluation.test_step

    def train_step(self, batch: Samples) -> Logs:
        """As `numcnn.training.train_step`."""
        return engine.run_step(training.train_step, self, batch)

    @named_arguments
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> History:
        """Train the model (the loop itself is `numcnn.training`).

        All arguments are checked before the model changes.

        Parameters
        ----------
        x : array_like, or a generator, `numcnn.utils.Sequence` or iterable of batches
            ``(N, …)`` samples; or a source of batches ``(x, y)`` or ``(x, y, sample_weight)``:
            then leave out y, sample_weight and batch_size.
        y : array_like
            Their labels, in the form that the loss needs.
        batch_size : int, default 32
            Samples for each update; the last batch of an epoch may be smaller.
        epochs : int, default 1
            The number of the last epoch, counted from 1.
        verbose : {"auto", 0, 1, 2}
            0: nothing; 1 or "auto": a progress bar; 2: a line for each epoch.
        callbacks : Callback or list of Callback, optional
        validation_split : float, default 0.0
            Part of the data, from 0 to below 1, that is only used to validate: the last samples,
            taken before shuffling.
        validation_data : (x, y), (x, y, sample_weight) or a source of such batches, optional
            Data for validation after each epoch; `validation_split` is then ignored.
        shuffle : bool, default True
            Whether each epoch takes the samples, or the batches of a `Sequence`, in a new order.
        class_weight : dict, optional
            How much the samples of each class count, ``{class: weight}``; those of a class that it
            does not name count 1.
        sample_weight : array_like, optional
            ``(N,)``, how much each sample counts.
        initial_epoch : int, default 0
            The number of epochs done before, to go on with an earlier training.
        steps_per_epoch, validation_steps : int, optional
            End an epoch or a validation after so many batches.  A generator without end needs it.
        validation_batch_size : int, optional
            By default `batch_size`.
        validation_freq : int or list of int, default 1
            Validate after every so many epochs, or after the epochs in the list, counted from 1.

        Returns
        -------
        History
            Its ``history`` holds loss and metrics of each epoch.

        Raises
        ------
        ValueError, TypeError
            If the model is not compiled, or the data do not fit it.
        """
        self._need_compiled("fit")
        size = _size(batch_size)
        validation_size = _size(validation_batch_size, size, "validation_batch_size")
        epochs = positive_int(epochs, "epochs")
        done = positive_int(initial_epoch, "initial_epoch", minimum=0)
        validated = _validation_epochs(validation_freq, epochs)
        split = number(validation_split, "validation_split", minimum=0, maximum=1, open_end=True)

        steps_per_epoch = _steps(steps_per_epoch, "steps_per_epoch")
        validation_steps = _steps(validation_steps, "validation_steps")

        rng = self.rng if flag(shuffle, "shuffle") else None
        beside = {"y": y, "sample_weight": sample_weight, "validation_split": split or None}
        stream = stream_of(x, steps_per_epoch, rng, **beside)
        samples = samples_for(self, stream.first[0] if stream else x)
        checks = [checked_for_training(one, rescaled=self.rescales) for one in listed(samples)]
        large = any(checks)
        with self._built_for(samples):
            held_out: Any = None
            if validation_data is not None:
                held_out = self._validation(validation_data, validation_size, validation_steps)
            batches: Batches | Stream
            if stream:
                check = partial(data_for_training, self, class_weight=class_weight)
                batches = stream.checked(check, TRAINING_NEEDS)
            else:
                data = data_for_training(self, samples, y, sample_weight, class_weight)
                if split and held_out is None:
                    data, last = split_off(data, split)
                    held_out = Batches(last, validation_size, validation_steps)
                batches = Batches(data, size, steps_per_epoch, rng)
            history = History()
            weighted = sample_weight is not None or class_weight is not None
            own = [history, DivergenceWarning(expected=weighted or large)]
            events = self._events(callbacks, verbose, batches.steps, epochs, own, batches.samples)

        self.history = history
        training.fit(self, batches, events, epochs, done, held_out, validated)
        return history

    @named_arguments
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Return the loss and the metrics on data, without training.

        Parameters
        ----------
        x, y, batch_size, verbose, sample_weight, callbacks
            As in `fit`.
        steps : int, optional
            End after this number of batches.
        return_dict : bool, default False
            Whether to return ``{"loss": …, "accuracy": …}`` and not ``[loss, accuracy]``.
        """
        self._need_compiled("evaluate")
        size, return_dict = _size(batch_size), flag(return_dict, "return_dict")
        stream = stream_of(x, steps, y=y, sample_weight=sample_weight)
        samples = samples_for(self, stream.first[0] if stream else x)
        with self._built_for(samples):
            batches = self._batches(stream or x, y, sample_weight, size, steps)
            events = self._events(callbacks, verbose, batches.steps)
        return self._results(evaluation.evaluate(self, batches, events), return_dict)

    @named_arguments
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> np.ndarray:
        """Return the outputs for samples ``(N, …)``; the arguments are those of `evaluate`."""
        size = _size(batch_size)
        stream = stream_of(x, steps)
        samples = samples_for(self, stream.first[0] if stream else x)
        with self._built_for(samples):
            batches: Batches | Stream
            if stream:
                batches = stream.checked(self._checked_x, "It must give as many batches as steps.")
            else:
                batches = Batches(Samples(samples), size, steps)
            events = self._events(callbacks, verbose, batches.steps)
        return self.as_described(evaluation.predict(self, batches, events))

    def predict_classes(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        threshold: float | None = None,
    ) -> np.ndarray:
        """Return the most probable class of each sample ``(N,)``.

        With a `threshold` from 0 to 1, the class is −1, "no digit found", for samples in which no
        class reaches the threshold.
        """
        if isinstance(self.output_shape, list) and len(self.output_shape) > 1:
            raise ValueError(
                f"predict_classes needs a model with one output, and this one has "
                f"{len(self.output_shape)}: predict returns a list, and the argmax of each of its "
                "arrays is the class."
            )
        return metrics_.predict_classes(self.predict(x, batch_size, verbose), threshold)

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Make one update; return the loss and the metrics of this batch before the update."""
        return self._on_batch(
            "train_on_batch", self.train_step, x, y, sample_weight, class_weight, return_dict
        )

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Return the loss and the metrics of one batch."""
        return self._on_batch(
            "test_on_batch", self.test_step, x, y, sample_weight, None, return_dict
        )

    def predict_on_batch(self, x: Any) -> np.ndarray:
        """Return the outputs for one batch."""
        samples = samples_for(self, x)
        if not self.built:
            self.build((None, *samples.shape[1:]))
        return self.as_described(self.infer(samples))

    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
    ) -> None:
        """Print the layers with their output shapes and numbers of parameters.

        Parameters
        ----------
        line_length : int, optional
            Width in characters; by default 88, or less on a narrow terminal.
        positions : sequence of three floats, optional
            The ends of the columns, as parts of the line; by default ``(0.45, 0.8, 1.0)``.
        print_fn : function, optional
            Called with the text instead of printing it.
        expand_nested : bool, default False
            Whether the layers of inner models have rows, too.
        show_trainable : bool, default False
            Whether a column says which layers are trained.
        """
        if print_fn is not None and not callable(print_fn):
            raise TypeError(f"print_fn must be a function of a text, got {shown(print_fn)}.")
        text = summary_table(self, line_length, positions, expand_nested, show_trainable)
        (print_fn or write)(text)

    def _repr_html_(self) -> str:
        """Show the summary in a notebook."""
        return summary_html(self)

    def restore_history(self, state: dict[str, Any]) -> None:
        """Set the history of an earlier training, from the result of `History.get_state`."""
        self.history = History()
        self.history.set_state(state)

    # Checks --------------------------------------------------------------------------------------

    def _need_compiled(self, method: str) -> None:
        if self.loss is None:
            raise ValueError(
                f"{method}: compile the model first, with model.compile(optimizer="
                '"adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]).'
            )

    @contextmanager
    def _built_for(self, samples: np.ndarray) -> Iterator[None]:
        """Build the model for such samples; undo this if the `with` block raises an error."""
        if self.built:
            yield
            return
        fresh = [
            layer for layer in self.layers if not layer.built
        ]  # layers of another model stay built
        self.build((None, *samples.shape[1:]))
        try:
            yield
        except (TypeError, ValueError):
            self.unbuild(fresh)
            raise

    def _checked_x(self, x: Any, y: Any = None, sample_weight: Any = None) -> Samples:
        """Return samples that fit the model; labels are not needed."""
        return Samples(samples_for(self, x))

    def _batches(
        self, x: Any, y: Any, sample_weight: Any, size: int, steps: Any, name: str = ""
    ) -> Batches | Stream:
        """Return data to evaluate, arrays or a stream, in batches that fit the model."""
        if isinstance(x, Stream):
            needs = VALIDATION_NEEDS if name else "It must give as many batches as steps."
            return x.checked(partial(checked_data, self, name=name), needs)
        return Batches(checked_data(self, x, y, sample_weight, name=name), size, steps)

    def _validation(self, data: Any, size: int, steps: Any) -> Batches | Stream:
        """Return the batches of ``(x, y)``, ``(x, y, sample_weight)`` or a stream."""
        stream = stream_of(data, steps)
        if stream:
            return self._batches(stream, None, None, size, steps, "validation ")
        if not isinstance(data, tuple | list) or len(data) not in (2, 3):
            size_of = f" of {len(data)}" if isinstance(data, tuple | list | dict) else ""
            raise ValueError(
                "validation_data must be (x, y) or (x, y, sample_weight), or give batches of them, "
                f"got {type(data).__name__}{size_of}."
            )
        x, y, weight = data if len(data) == 3 else (*data, None)
        return self._batches(x, y, weight, size, steps, "validation ")

    def _events(
        self,
        callbacks: Any,
        verbose: Any,
        steps: int | None,
        epochs: int = 1,
        own: Iterable[Callback] = (),
        samples: int | None = None,
    ) -> CallbackList:
        """Return all callbacks: the user's, the library's own, and the progress bar."""
        if not isinstance(verbose, str | Integral) or verbose not in ("auto", 0, 1, 2):
            raise ValueError(f'verbose must be "auto", 0, 1 or 2, got {shown(verbose)}.')
        level = 1 if verbose == "auto" else int(verbose)
        bar = [ProgressBar(level)] if level else []
        params = {"verbose": level, "epochs": epochs, "steps": steps, "samples": samples}
        return CallbackList(callbacks, [*own, *bar], self, **params)

    def _on_batch(
        self,
        method: str,
        step: Callable[[Samples], Logs],
        x: Any,
        y: Any,
        sample_weight: Any,
        class_weight: Any,
        return_dict: bool,
    ) -> Any:
        """Check one batch, do one step with it, and return the step's results."""
        self._need_compiled(method)
        return_dict = flag(return_dict, "return_dict")
        samples = x if self.built else samples_for(self, x)
        with self._built_for(samples):
            batch = checked_data(self, samples, y, sample_weight, class_weight)
        return self._results(step(batch), return_dict)

    def _results(self, logs: Logs, as_dict: bool) -> Any:
        """Return loss and metrics as a dict, as a list, or the loss alone if there is no metric."""
        names = self.result_names
        if as_dict:
            return {name: logs[name] for name in names}
        return [logs[name] for name in names] if len(names) > 1 else logs["loss"]


def _validation_epochs(frequency: Any, epochs: int) -> Container[int]:
    """Return the epochs, counted from 1, after which there is a validation."""
    if isinstance(frequency, list | tuple | set | range):
        return {positive_int(epoch, "validation_freq") for epoch in frequency}
    every = positive_int(frequency, "validation_freq")
    return range(every, epochs + 1, every)


def _steps(given: int | None, name: str) -> int | None:
    """Return the checked number of steps; None if there is none."""
    return None if given is None else positive_int(given, name)


def _size(given: int | None, default: int = BATCH_SIZE, name: str = "batch_size") -> int:
    """Return the checked batch size, or the default."""
    return default if given is None else positive_int(given, name)
