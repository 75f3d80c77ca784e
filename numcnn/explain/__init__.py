"""Explain any number of a network by its arithmetic.

    >>> import numpy as np
    >>> from numcnn import Sequential, layers
    >>> model = Sequential(
    ...     [layers.Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1)), layers.MaxPooling2D(2)],
    ...     seed=0,
    ... )
    >>> trace = Trace(model, np.ones((8, 8, 1)))
    >>> print(trace.why("max_pooling2d", (1, 2, 0)))
    max_pooling2d[1, 2, 0], the largest of 4 numbers of conv2d:
        conv2d         value
        [2, 4, 0]  ...
        [2, 5, 0]  ...
        [3, 4, 0]  ...
        [3, 5, 0]  ...
      the largest of 4: ...

`Trace.why` explains each of these numbers in the same way, down to the pixels.  `saliency` and
`occlusion` answer the reverse question: on which pixels does the score of a class depend?

======================  ============================================================
`wiring`                the cells and weights behind a number, for every kind of layer
`arithmetic`            the computation of one number, in decimals
`trace`                 all numbers of one sample, and questions about them
`answer`                the computation of one number, as text and for notebooks
`saliency`              gradients of a score on every map, and a check of them
======================  ============================================================

May import: `activations`, `checks`, `console`, `data_checks`, `geometry`, `layers`, `notebook`,
`parameter`.
"""

from numcnn.explain.answer import Answer
from numcnn.explain.arithmetic import Account, Line, Term
from numcnn.explain.saliency import Occlusion, occlusion, saliency
from numcnn.explain.trace import Trace

__all__ = [
    "Account",
    "Answer",
    "Line",
    "Occlusion",
    "Term",
    "Trace",
    "occlusion",
    "saliency",
]
