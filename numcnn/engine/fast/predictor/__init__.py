"""The predictor: a whole network for one image as one compiled function.

`trace`
    Images of which only the shape is known; operations on them are recorded.
`plan`
    The recorded steps, with a place in memory for every array.
`sharing`
    The steps as one compiled function that several threads work on.
`program`
    That function with its memory: it is called with a plain array.
`pipeline`
    From a trace to what computes it: programs, and the functions between them.

A caller runs its functions on a `Traced` (`record`, `record_whole`), and compiles what comes out
(`compile_trace`).

May import: `engine.fast.layouts`, `engine.fast.runtime`.
"""

from numcnn.engine.fast.predictor.pipeline import compile_trace
from numcnn.engine.fast.predictor.trace import Traced, record, record_whole

__all__ = ["Traced", "compile_trace", "record", "record_whole"]
