"""Write pytorch.npz: what PyTorch computes for the cases of `cases`, in float64.

    python tests/oracles/make_pytorch.py

PyTorch has images as ``(N, C, H, W)``, kernels as ``(F, C, KH, KW)`` and dense kernels as
``(U, D)``.  Everything is stored in numcnn's order.
"""

from collections.abc import Callable
from typing import Any

import cases
import torch
from torch.nn import functional

Tensor = torch.Tensor


def main() -> None:
    results = {**window_layers(), **dense_layers(), **activations(), **cross_entropies()}
    cases.write("pytorch", results, made_with=f"PyTorch {torch.__version__.split('+')[0]}")


def passes(key: str, function: Callable[..., Tensor], batch: cases.Batch) -> dict[str, Any]:
    """Return what a function of x and the weights gives forward, and backward."""
    arguments = [torch.tensor(array, requires_grad=True) for array in (batch.x, *batch.weights)]
    y = function(*arguments)
    y.backward(torch.tensor(batch.dy))
    return cases.named(key, y.detach(), *[argument.grad for argument in arguments])


# --- windows -------------------------------------------------------------------------------------


def window_layers() -> dict[str, Any]:
    """Return y, dx and the gradients of the weights of every convolution and pooling."""
    results = {}
    for name, case in cases.CONVOLUTIONS.items():
        batch = cases.convolution_batch(name)
        results |= passes(f"Conv2D/{name}", channels_last(conv2d, case), batch)
    for name, case in cases.POOLINGS.items():
        batch = cases.pooling_batch(name)
        results |= passes(f"MaxPooling2D/{name}", channels_last(max_pool2d, case), batch)
        results |= passes(f"AveragePooling2D/{name}", channels_last(average_pool2d, case), batch)
    return results


def channels_last(
    operation: Callable[..., Tensor], case: cases.Window
) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """Return an operation on ``(N, C, H, W)`` as one on ``(N, H, W, C)``."""

    def function(x: Tensor, *weights: Tensor) -> Tensor:
        return operation(case, x.permute(0, 3, 1, 2), *weights).permute(0, 2, 3, 1)

    return function


def conv2d(case: cases.Window, x: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    """Convolve."""
    return functional.conv2d(padded(case, x, 0.0), kernel.permute(3, 2, 0, 1), bias, case.strides)


def max_pool2d(case: cases.Window, x: Tensor) -> Tensor:
    """Take the largest; padding is smaller than all."""
    return functional.max_pool2d(padded(case, x, -torch.inf), case.window, case.strides)


def average_pool2d(case: cases.Window, x: Tensor) -> Tensor:
    """Take the mean of the pixels; how many of a window's cells are pixels is a mean as well."""
    sums = functional.avg_pool2d(padded(case, x, 0.0), case.window, case.strides)
    pixels = functional.avg_pool2d(padded(case, torch.ones_like(x), 0.0), case.window, case.strides)
    return sums / pixels


def padded(case: cases.Window, x: Tensor, value: float) -> Tensor:
    """Add TensorFlow's padding, which PyTorch does not have: unequal on the two sides."""
    (_, rows), (_, columns) = (
        cases.outputs_and_padding(*axis, case.padding)
        for axis in zip(case.image, case.window, case.strides, strict=False)
    )
    return functional.pad(x, (*columns, *rows), value=value)


# --- the other layers, and the loss --------------------------------------------------------------


def dense_layers() -> dict[str, Any]:
    """Return y, dx, dkernel and dbias of every dense layer."""
    results = {}
    for name in cases.DENSE:
        batch = cases.dense_batch(name)
        results |= passes(f"Dense/{name}", lambda x, w, b: functional.linear(x, w.T, b), batch)
    return results


def activations() -> dict[str, Any]:
    """Return y and dx of every activation."""
    functions = {
        "relu": functional.relu,
        "softmax": lambda x: functional.softmax(x, dim=-1),
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
    }
    results = {}
    for name in cases.ACTIVATIONS:
        results |= passes(f"Activation/{name}", functions[name], cases.activation_batch(name))
    return results


def cross_entropies() -> dict[str, Any]:
    """Return the loss of each row of logits, and the gradient of their weighted mean."""
    results = {}
    weights = torch.tensor(cases.LOGITS_WEIGHTS)
    for name, targets, smoothing in (
        ("class numbers", cases.LOGITS_LABELS, 0.0),
        ("distributions", cases.LOGITS_MIXED_LABELS, 0.0),
        ("label smoothing", cases.LOGITS_LABELS, 0.125),
    ):
        logits = torch.tensor(cases.LOGITS, requires_grad=True)
        losses = functional.cross_entropy(
            logits, torch.tensor(targets), reduction="none", label_smoothing=smoothing
        )
        (losses * weights).mean().backward()
        results[f"logits/{name}/losses"] = losses.detach()
        results[f"logits/{name}/dlogits"] = logits.grad
    return results


if __name__ == "__main__":
    main()
