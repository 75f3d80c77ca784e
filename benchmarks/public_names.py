"""Every public name of numcnn, with the signature of what can be called: for `diff`.

python -m benchmarks.public_names

Two builds that print the same lines can be used by the same programs.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numcnn


def public_names() -> Iterator[str]:
    """Give every public name, with the signature of what can be called."""
    parts = ("", "activations", "callbacks", "initializers", "layers", "losses", "metrics")
    more = ("models", "optimizers", "optimizers.schedules", "regularizers", "utils", "datasets")
    for part in (*parts, *more):
        module: Any = numcnn
        for name in filter(None, part.split(".")):
            module = getattr(module, name)
        for name in sorted(getattr(module, "__all__", dir(module))):
            thing = getattr(module, name)
            path = ".".join(filter(None, ("numcnn", part, name)))
            yield f"{path}{_signature(thing)}"
            members = inspect.getmembers(thing) if inspect.isclass(thing) else ()
            for member, value in members:
                if not member.startswith("_"):
                    yield f"{path}.{member}{_signature(value)}"


def _signature(thing: Any) -> str:
    if not callable(thing):
        return ""
    try:
        return str(inspect.signature(thing))
    except (TypeError, ValueError):
        return ""


if __name__ == "__main__":
    print(*public_names(), sep="\n")
