"""What numcnn does not have, said in a sentence, wherever a program asks for it by name.

Two ways lead to a module's ``__getattr__``.  ``layers.Nothing`` and ``hasattr`` want an
AttributeError.  ``from layers import Nothing`` would put a text of its own in that one's place, so
it gets an ImportError, which Python passes on as it is.
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable, Iterable
from typing import Any

from numcnn.checks import nearest

WHERE = "docs/reference.md says what numcnn has of Keras."

INSTEAD = {
    "evaluate_generator": "evaluate takes generators",
    "fit_generator": "fit takes generators",
    "predict_generator": "predict takes generators",
    "predict_proba": "predict returns probabilities where the model ends in softmax",
}
"""Methods of earlier Keras versions, and what to call today."""


def missing(module: str, lacks: Callable[[str], str | None] | None = None) -> Callable[[str], Any]:
    """Return a ``__getattr__`` for a module, which refuses every name with a sentence.

    Parameters
    ----------
    module : str
        Its name.
    lacks : function, optional
        Returns the sentence for a name; None, or no function, stands for the general one.
    """

    def __getattr__(name: str) -> Any:  # noqa: N807 - it becomes the module's
        raise absent(name, (lacks and lacks(name)) or of_module(module, name))

    return __getattr__


def absent(name: str, sentence: str) -> AttributeError | ImportError:
    """Return the error that says so to whoever asks a module's ``__getattr__`` for a name."""
    if name.startswith("_"):  # Python and notebooks ask for these themselves
        return AttributeError(name)
    asking = sys._getframe(2)
    if dis.opname[asking.f_code.co_code[asking.f_lasti]] == "IMPORT_FROM":
        return ImportError(sentence)
    return AttributeError(sentence)


def of_module(module: str, name: str) -> str:
    """Return the sentence for a module that says nothing of its own."""
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
    public = [known for known in dir(thing) if not known.startswith("_")]
    raise AttributeError(f"{kind.__name__} in numcnn has no {name}; {_nearest(name, public)}")


def _nearest(name: str, known: Iterable[str]) -> str:
    """Return the name that was probably meant, or all of a few, or where to look."""
    names = sorted(known)
    meant = nearest(name, names)
    if meant:
        return f"the nearest one is {meant}."
    return f"it has {', '.join(names)}." if len(names) <= 8 else WHERE
