"""Matrix products where NumPy has no BLAS: in a browser's page its ``@`` is a plain loop.

That loop reads the first matrix down its columns or the second along its rows, one number in each
cache line.  Here `numpy.einsum` gets both with the summed axis last, and reads them in order.
"""

import sys

import numpy as np

BLAS = sys.platform != "emscripten"


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``a @ b``: ``(R, K) @ (K, F) -> (R, F)``."""
    if BLAS:
        return a @ b
    return np.einsum("rk,fk->rf", a, np.ascontiguousarray(b.T))


def product_over_rows(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``a.T @ b``, summed over the rows of both: ``(R, K), (R, F) -> (K, F)``."""
    if BLAS:
        return a.T @ b
    return np.einsum("kr,fr->kf", np.ascontiguousarray(a.T), np.ascontiguousarray(b.T))
