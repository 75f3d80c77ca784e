"""Models that travel: ONNX, TensorFlow.js and PyTorch, out and in.

The ways out go through a model as a list of steps (`steps.py`): a layer, and the steps that it
reads.  The ways in end in a list of parts (`parts.py`): the class and configuration of a layer, its
arrays, and the parts that it reads.

May import: `activations`, `checks`, `configuration`, `files`, `geometry`,
`graph_frame`, `layers`, `regularizers`, `saving`.
"""
