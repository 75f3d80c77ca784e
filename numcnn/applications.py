"""Keras's trained networks, which numcnn does not have: programs may import them, and hear why."""

from numcnn.missing import missing


def _sentence(name: str) -> str:
    return (
        f"numcnn has no {name}, and no other trained network to download: load one from an ONNX "
        "file (docs/models-that-travel.md), or train a small one (examples/museum)."
    )


__all__: list[str] = []
__getattr__ = missing(__name__, _sentence)
