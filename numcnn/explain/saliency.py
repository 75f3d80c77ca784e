"""The pixels behind a prediction: gradients of a score on every map, and occlusion as a check.

The gradient of a class's score with respect to a number says how fast the score rises when the
number rises (Simonyan, Vedaldi, Zisserman 2014).  It is the backward pass of training, for one
sample, continued down to the pixels.

Occlusion covers a patch of the image and measures how far the score falls (Zeiler, Fergus 2014).
It needs no gradient, so it can check one: to first order, covering a patch lowers the score by
``Σ gradient · (pixel − cover)``.
"""

from __future__ import annotations

import copy
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from numcnn.checks import number, one_of, positive_int, shown
from numcnn.explain.trace import Trace
from numcnn.explain.wiring import PADDING, wiring
from numcnn.layers import ActivatedLayer, Layer
from numcnn.parameter import Parameter

BATCH = 256  # occluded images at a time


def saliency(model: Any, sample: Any, target: int, score: str = "class") -> list[np.ndarray]:
    """Return the gradient of a score with respect to the sample and to every layer's output.

    The model does not change, neither its gradients nor the memory of its layers.  Layers act as in
    prediction: dropout drops nothing.

    Parameters
    ----------
    model : Network
        A built model whose output is a row of numbers, one for each class.
    sample : array_like
        One sample, without the batch axis.
    target : int
        The class.
    score : {"class", "loss"}
        ``"class"``: the class's output before a final softmax or other activation.  ``"loss"``: the
        cross-entropy of the model's softmax, with the class as the label.

    Returns
    -------
    list of numpy.ndarray
        One for each of `Trace.names`, of the same shape; the last is the gradient with respect to
        the output before its activation.

    Raises
    ------
    ValueError
        If there is no such class, or a layer of an unknown kind acts differently in training.

    Examples
    --------
    >>> from numcnn import Sequential, layers
    >>> model = Sequential([layers.Dense(2, use_bias=False, input_shape=(2,))])
    >>> model.set_weights([[[0.5, 1], [-0.25, 1]]])
    >>> saliency(model, [2, 3], 0)[0]
    array([ 0.5 , -0.25], dtype=float32)
    """
    trace = Trace(model, sample)
    dz = _of_the_score(trace, target, score)
    last = len(trace.outputs) - 1
    gradients = [np.zeros_like(output) for output in trace.outputs]
    gradients[last] = dz
    for k in range(last, trace.inputs - 1, -1):
        layer, sources = trace.layers[k - trace.inputs], trace.sources[k]
        x = [trace.outputs[source] for source in sources]
        dx = _back(layer, x, gradients[k], skip_activation=k == last)
        for source, gradient in zip(sources, dx, strict=True):
            gradients[source] = gradients[source] + gradient  # of all that read it
    return gradients


def _of_the_score(trace: Trace, target: int, score: str) -> np.ndarray:
    """Return the gradient of the score with respect to the last layer's linear part."""
    logits = _logits(trace, target)
    score = one_of(score, ("class", "loss"), "score")
    one_hot = np.zeros_like(logits)
    one_hot[target] = 1
    if score == "class":
        return one_hot
    exps = np.exp(logits - logits.max())
    return exps / exps.sum() - one_hot


def _logits(trace: Trace, target: Any) -> np.ndarray:
    """Return the logits of the classes, after checking that the target is one of them."""
    logits = trace.logits[-1]
    classes = logits.size
    is_class = isinstance(target, Integral) and 0 <= int(target) < classes
    if logits.ndim != 1 or not is_class or isinstance(target, bool):
        raise ValueError(
            f"target must be a class from 0 to {classes - 1}, and the model's output a row of "
            f"classes; got {shown(target)} and an output of shape {logits.shape}."
        )
    return logits


def _back(layer: Layer, xs: Any, dy: np.ndarray, skip_activation: bool) -> list[np.ndarray]:
    """Return the gradient of one sample with respect to each of a layer's inputs."""
    if layer.reads_several:
        twin: Any = _twin(layer)
        twin.run_forward([x[np.newaxis] for x in xs], True)
        return [np.asarray(dx)[0] for dx in twin.run_backward(dy[np.newaxis])]
    return [_back_to_one(layer, xs[0], dy, skip_activation)]


def _back_to_one(layer: Layer, x: np.ndarray, dy: np.ndarray, skip_activation: bool) -> np.ndarray:
    """Return the gradient of one sample with respect to a layer's only input."""
    wired = wiring(layer)
    if wired is not None and not wired.same_in_training:
        return _back_along(wired, x, dy)
    twin, batch = _twin(layer), x[np.newaxis]
    if wired is None and not np.array_equal(
        twin.forward(batch, training=True), twin.forward(batch)
    ):
        raise ValueError(
            f'{type(layer).__name__} "{layer.name}" acts differently in training and prediction, '
            "in a way that is not known here, so its gradient in prediction cannot be computed."
        )
    to_logits = skip_activation and isinstance(twin, ActivatedLayer)
    twin.run_forward(batch, True, to_logits)
    return np.asarray(twin.run_backward(dy[np.newaxis], to_logits))[0]


def _back_along(wired: Any, x: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """Return the gradient through a layer that copies numbers and scales them in its steps."""
    scale = np.ones(dy.size, dy.dtype)
    for step in wired.steps:
        operand = np.resize(step.operand, dy.size)
        scale = scale * operand if step.symbol == "×" else scale
        scale = scale / operand if step.symbol == "÷" else scale
    cells = wired.cells(np.arange(dy.size))[:, 0]
    dx = np.zeros(x.size, dy.dtype)
    np.add.at(dx, cells[cells != PADDING], (dy.reshape(-1) * scale)[cells != PADDING])
    return dx.reshape(x.shape)


def _twin(layer: Layer) -> Layer:
    """Return a copy of a layer: the same weights, but its own gradients and memory."""
    twin = copy.copy(layer)
    for name, value in vars(layer).items():
        if isinstance(value, Parameter):
            setattr(twin, name, Parameter(value.value, value.name, value.trainable))
    twin._memory = {}
    twin.input_gradient = True
    return twin


class Occlusion(NamedTuple):
    """The effect of covering patches of an image on a class's score.

    Attributes
    ----------
    drop : numpy.ndarray
        ``(H, W)``, the mean fall of the score over all patches that cover this pixel.
    agreement : float
        The correlation, over all patches, between the measured fall and the fall predicted by the
        gradient; 1 if they are proportional, NaN if the score does not depend on the image.
    """

    drop: np.ndarray
    agreement: float


def occlusion(
    model: Any, image: Any, target: int, patch: int = 4, stride: int = 2, cover: float = 0.0
) -> Occlusion:
    """Cover patches of an image, one after another, and measure how far a class's score falls.

    Parameters
    ----------
    model : Network
    image : array_like
        ``(H, W, C)``.
    target : int
        The class; its score is the one of `saliency`.
    patch, stride : int
        The side of a patch, and the step between patches; the last row and column of patches end at
        the edge.
    cover : float, default 0
        The value that fills the patch.

    Raises
    ------
    ValueError
        If the sample is not an image, or a patch is larger than it.
    """
    trace = Trace(model, image)
    x = trace.outputs[0]
    size, step = positive_int(patch, "patch"), positive_int(stride, "stride")
    if x.ndim != 3 or size > min(x.shape[:2]):
        raise ValueError(
            f"occlusion needs an image (H, W, C) larger than the patch, got {x.shape}."
        )
    H, W, _ = x.shape
    corners = [(i, j) for i in _steps(H, size, step) for j in _steps(W, size, step)]
    score, cover = float(_logits(trace, target)[target]), number(cover, "cover")
    falls = []
    for first in range(0, len(corners), BATCH):
        covered = np.repeat(x[np.newaxis], len(corners[first : first + BATCH]), axis=0)
        for copy_, (i, j) in zip(covered, corners[first : first + BATCH], strict=True):
            copy_[i : i + size, j : j + size] = cover
        falls.append(score - model.infer(covered, final_activation=False)[:, target])
    fall = np.concatenate(falls)

    lost = (saliency(model, image, target)[0] * (x - cover)).sum(axis=2)  # to first order
    predicted = np.array([lost[i : i + size, j : j + size].sum() for i, j in corners])
    sums, counts = np.zeros((H, W)), np.zeros((H, W))
    for (i, j), drop in zip(corners, fall, strict=True):
        sums[i : i + size, j : j + size] += drop
        counts[i : i + size, j : j + size] += 1
    agreement = np.nan
    if fall.std() > 0 and predicted.std() > 0:
        agreement = float(np.corrcoef(fall, predicted)[0, 1])
    return Occlusion(sums / np.maximum(counts, 1), agreement)


def _steps(length: int, size: int, step: int) -> list[int]:
    """Return where patches begin along one axis; the last one ends at the edge."""
    return sorted({*range(0, length - size + 1, step), length - size})
