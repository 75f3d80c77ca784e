"""Does `backward` agree with `forward`?  Ask for the gradient of any layer, loss or model.

The gradient that `backward` returns is compared, number by number, with the slope of `forward`
itself, measured by moving one number a little up and a little down in float64
(`numcnn.gradcheck.slopes`).  A report is true if everything is right.  If not, it names the
mistake: the sign, a factor, swapped axes, windows that overlap (`numcnn.gradcheck.diagnosis`).

    >>> from numcnn import layers
    >>> assert check_layer(layers.Dense(3, activation="tanh"), (4,))

``python -m numcnn.gradcheck`` checks all layers and losses of numcnn, and prints a table;
``python -m numcnn.gradcheck FILE.py:CLASS --shape 5,5,3`` checks a layer of yours.

May import: `activations`, `checks`, `console`, `data_checks`, `geometry`, `layers`, `losses`,
`network`, `notebook`, `parameter`, `penalties`, `randomness`, `several`.
"""

from __future__ import annotations

from numcnn.gradcheck.layer import check_layer
from numcnn.gradcheck.loss import check_loss
from numcnn.gradcheck.model import check_model
from numcnn.gradcheck.report import ArrayCheck, Finding, GradientReport

__all__ = ["ArrayCheck", "Finding", "GradientReport", "check_layer", "check_loss", "check_model"]
