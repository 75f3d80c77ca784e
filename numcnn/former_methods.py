"""Methods of Keras 2 that Keras 3 no longer has: a redirected program finds them on its models."""

from __future__ import annotations

from typing import Any

from numcnn.trainer import Trainer

QUEUE = (
    "max_q_size",
    "max_queue_size",
    "nb_worker",
    "pickle_safe",
    "use_multiprocessing",
    "workers",
)
"""Options for making batches ahead, which is not done here."""


def fit_generator(
    self: Trainer,
    generator: Any,
    steps_per_epoch: int | None = None,
    epochs: int = 1,
    verbose: Any = 1,
    callbacks: Any = None,
    validation_data: Any = None,
    validation_steps: int | None = None,
    **options: Any,
) -> Any:
    """Train on the batches of a generator: `fit`, in the order of arguments of Keras 2."""
    return self.fit(
        generator,
        epochs=epochs,
        verbose=verbose,
        callbacks=callbacks,
        validation_data=validation_data,
        steps_per_epoch=steps_per_epoch,
        validation_steps=validation_steps,
        **without_queue(options),
    )


def evaluate_generator(
    self: Trainer, generator: Any, steps: int | None = None, callbacks: Any = None, **options: Any
) -> Any:
    """Measure on the batches of a generator: `evaluate`."""
    options = {"verbose": 0, **without_queue(options)}
    return self.evaluate(generator, steps=steps, callbacks=callbacks, **options)


def predict_generator(
    self: Trainer, generator: Any, steps: int | None = None, callbacks: Any = None, **options: Any
) -> Any:
    """Predict for the batches of a generator: `predict`."""
    options = {"verbose": 0, **without_queue(options)}
    return self.predict(generator, steps=steps, callbacks=callbacks, **options)


def without_queue(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options without those for making batches ahead."""
    return {name: value for name, value in options.items() if name not in QUEUE}


def add_former_methods() -> None:
    """Give them to all models of this process."""
    for method in (fit_generator, evaluate_generator, predict_generator):
        setattr(Trainer, method.__name__, method)
