"""Engines: modules that compute the operations of a network.

A layer is mathematics and state; an engine does the arithmetic on whole batches.  The forward
operation returns a cache, and the cache's engine has the backward operation:

>>> import numpy as np
>>> x = np.arange(16.0).reshape(1, 4, 4, 1)
>>> y, cache = active_engine().maxpool2d_forward(x, (2, 2), (2, 2), "valid")
>>> dx = cache.engine.maxpool2d_backward(np.ones_like(y), cache)
>>> dx[0, :, :, 0]
array([[0., 0., 0., 0.],
       [0., 1., 0., 1.],
       [0., 0., 0., 0.],
       [0., 1., 0., 1.]])

`definition`
    Convolution and pooling as loops over single numbers.
`reference`
    Every operation in plain NumPy, with its formula and shapes.  This is the contract: an engine
    is a module with these functions.
`fast`
    The same operations in loops compiled by Numba, sixteen images side by side.  The default.
`choice`
    Selects the engine in use.

Rules for every engine:

* Functions are pure: the same arguments give the same result, and no argument is changed (only
  `adam_update` works in place).
* The dtype is kept: float32 for training, float64 for checking gradients.
* A ``_forward`` function returns its result and a `Cache` for the ``_backward`` function: a small
  tuple that only the engine that made it, ``cache.engine``, can read.
* The caller has checked the arguments.
* Outside, images are ``(N, H, W, C)``.  Between operations an engine may keep batches in its own
  layout; `enter` and `leave` convert to it and back.  Given a plain array, an operation returns a
  plain array.
* An engine knows arrays, never layers.

May import: `activations`, `checks`, `geometry`.
"""

from numcnn.engine.choice import (
    ENGINES,
    active_engine,
    engine_named,
    enter,
    leave,
    run_step,
    use_engine,
    use_threads,
)

__all__ = [
    "ENGINES",
    "active_engine",
    "engine_named",
    "enter",
    "leave",
    "run_step",
    "use_engine",
    "use_threads",
]
