"""Ask any number of a network why it is what it is.

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

Each of those is asked in the same way, down to the pixels (`Trace.why`).  The other way, from the
pixels up, go `saliency` and `occlusion`: which of them did a class's score depend on?

======================  ============================================================
`wiring`                which cells and which weights make a number: a table of layers
`arithmetic`            the account of one number, in decimals
`trace`                 one sample's way through a network, and questions about it
`saliency`              gradients of a score on every map, and a check on them
======================  ============================================================
"""

from numcnn.explain.arithmetic import Account, Line, Term
from numcnn.explain.saliency import Occlusion, occlusion, saliency
from numcnn.explain.trace import Answer, Trace

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
