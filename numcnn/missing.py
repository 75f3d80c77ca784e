"""Messages for names that numcnn does not have.

Python calls a module's ``__getattr__`` in two cases.  ``layers.Nothing`` and ``hasattr`` need an
AttributeError.  ``from layers import Nothing`` would replace the message of an AttributeError by
its own, so it gets an ImportError, which Python does not change.
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable, Iterable
from typing import Any

from numcnn.checks import nearest

WHERE = "docs/reference.md lists the parts of Keras that numcnn has."

INSTEAD = {
    "add_loss": "a part of the loss is an activity_regularizer or a Loss of your own",
    "add_weight": (
        "build makes a parameter by add_parameter, and forward and backward stand in the place of "
        "call (examples/custom_layer.py)"
    ),
    "evaluate_generator": "evaluate takes generators",
    "fit_generator": "fit takes generators",
    "predict_generator": "predict takes generators",
    "predict_proba": "predict returns probabilities where the model ends in softmax",
}
"""Methods of Keras, most of earlier versions, and what to do instead."""


def missing(module: str, lacks: Callable[[str], str | None] | None = None) -> Callable[[str], Any]:
    """Return a ``__getattr__`` for a module, which refuses every name with a message.

    Parameters
    ----------
    module : str
        The module's name.
    lacks : function, optional
        Returns the message for a name.  Without a function, or if it returns None, the general
        message is used.
    """

    def __getattr__(name: str) -> Any:  # noqa: N807 - it becomes the module's
        raise absent(name, (lacks and lacks(name)) or of_module(module, name))

    return __getattr__


def absent(name: str, sentence: str) -> AttributeError | ImportError:
    """Return the error for a missing name of a module: ImportError in an import statement."""
    if name.startswith("_"):  # Python and notebooks look these up themselves
        return AttributeError(name)
    asking = sys._getframe(2)
    if dis.opname[asking.f_code.co_code[asking.f_lasti]] == "IMPORT_FROM":
        return ImportError(sentence)
    return AttributeError(sentence)


def of_module(module: str, name: str) -> str:
    """Return the general message for a missing name of a module."""
    content = vars(sys.modules[module])
    public = [known for known in content if not known.startswith("_")]
    return f"{module} has no {name}; {_nearest(name, content.get('__all__', public))}"


def lacks_attribute(thing: Any, name: str) -> Any:
    """Refuse an attribute that an object does not have; it becomes a class's ``__getattr__``.

    Raises
    ------
    AttributeError
        Always.
    """
    kind = type(thing)
    if name.startswith("_") or hasattr(kind, name):
        return object.__getattribute__(thing, name)  # the error of a property, as it was
    if name in INSTEAD:
        raise AttributeError(f"{kind.__name__} has no {name}: {INSTEAD[name]}.")
    is_unbuilt = name != "built" and not getattr(thing, "built", True)
    if is_unbuilt and any(name in vars(base).get("__annotations__", {}) for base in kind.__mro__):
        raise AttributeError(
            f"{kind.__name__} has no {name} yet: it is not built. Call it on a batch, or "
            "build it, build((None, *shape of a sample)), first."
        )
    public = [known for known in dir(thing) if not known.startswith("_")]
    raise AttributeError(f"{kind.__name__} in numcnn has no {name}; {_nearest(name, public)}")


def no_method(layer: Any, method: str) -> str:
    """Return the message about a method that a layer of one's own needs and does not have."""
    sentence = f"{type(layer).__name__} has no {method}"
    if not hasattr(type(layer), "call"):
        return sentence
    return (
        f"{sentence}, but a call() as in Keras, whose gradient nothing here could find. Write "
        "forward and backward (examples/custom_layer.py); or, for a block of layers, a function "
        "of symbolic tensors: def block(x): return x + Dense(8)(x)."
    )


def _nearest(name: str, known: Iterable[str]) -> str:
    """Return the nearest name, or all names if there are few, or a pointer to the docs."""
    names = sorted(known)
    meant = nearest(name, names)
    if meant:
        return f"the nearest one is {meant}."
    return f"it has {', '.join(names)}." if len(names) <= 8 else WHERE
