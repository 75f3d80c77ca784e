"""Model files: what they hold, how they are written, and how they are checked when read.

``native.py`` (``.safetensors``) and ``keras_files.py`` (``.keras``, ``.h5``) are the formats,
``formats.py`` chooses; `numcnn.models.load_model` and `numcnn.Sequential.save` are the doors.

May import: `checks`, `configuration`, `files`, `initializers`, `layers`, `losses`, `metrics`,
`nesting`, `optimizers`, `parameter`.
"""
