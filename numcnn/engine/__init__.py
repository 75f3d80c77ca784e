"""The engine: who computes the operations that a network is made of.

A layer is mathematics and state; the arithmetic on whole batches is the engine's.  A layer asks
for an operation on the way forward, and the cache that comes back knows the way back:

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
    What convolution and pooling mean: loops over single numbers.
`reference`
    Every operation in plain NumPy, with its formula and shapes.  This is the contract: an engine
    is a module with these functions.
`fast`
    The same in loops compiled by Numba, sixteen images side by side.  It is the default.
`choice`
    Which engine is in use.

Rules that every engine keeps:

* Pure: the same arguments give the same result, and no argument is written to
  (`adam_update` alone updates in place, as it says).
* The dtype is kept: float32 to train, float64 to check gradients.
* A ``_forward`` returns its result and a `Cache` for the ``_backward``: a small tuple that only the
  engine that made it, ``cache.engine``, can read.
* Arguments have been checked before they come here.
* Images are ``(N, H, W, C)`` outside.  Between its operations an engine may keep batches in a
  layout of its own; `enter` and `leave` are the doors.  An operation that is given a plain array
  returns a plain array.
* An engine knows arrays, never layers.

May import: `activations`, `checks`, `geometry`.
"""

from numcnn.engine.choice import ENGINES, active_engine, engine_named, enter, leave, use_engine

__all__ = ["ENGINES", "active_engine", "engine_named", "enter", "leave", "use_engine"]
