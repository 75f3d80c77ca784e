"""Keras's arguments that have only one value in numcnn.

A Keras program may write ``data_format="channels_last"``, and a Keras file always does.  numcnn
computes nothing else, so its constructors do not have this argument.  They accept it with the
values listed here, and refuse other values with a message.  The first value is written into every
configuration, because Keras expects it there.  `numcnn.configuration.Configurable` does all of
this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Fixed = Mapping[str, tuple[Any, ...]]
"""Arguments with their accepted values; the first value is written into configurations."""

CHANNELS_LAST: Fixed = {"data_format": ("channels_last", None)}
LAST_AXIS: Fixed = {"axis": (-1,)}

ADVICE = {
    "data_format": "leave it out, and put the channels last, (height, width, channels)",
}
"""What to do about another value, where it takes more than to leave the argument out."""

FORMER = {
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "border_mode": "padding",
    "dim_ordering": "data_format",
    "init": "kernel_initializer",
    "nb_epoch": "epochs",
    "nb_filter": "filters",
    "output_dim": "units",
    "p": "rate",
    "samples_per_epoch": "steps_per_epoch",
    "subsample": "strides",
}
"""Arguments of Keras 1, as old programs and books write them, with their present names."""

FIXED: Mapping[str, Mapping[str, Fixed]] = {
    "activations": {"Softmax": LAST_AXIS},
    "layers": {
        "Augmentation": {**CHANNELS_LAST, "bounding_box_format": (None,)},
        "AveragePooling2D": CHANNELS_LAST,
        "BatchNormalization": {
            "renorm": (False,),
            "renorm_clipping": (None,),
            "renorm_momentum": (0.99,),
            "synchronized": (False,),
        },
        "Conv2D": CHANNELS_LAST,
        "Dense": {"quantization_config": (None,)},
        "Dropout": {"noise_shape": (None,)},
        "CenterCrop": CHANNELS_LAST,
        "Conv2DTranspose": CHANNELS_LAST,
        "Cropping2D": CHANNELS_LAST,
        "DepthwiseConv2D": CHANNELS_LAST,
        "SeparableConv2D": CHANNELS_LAST,
        "Flatten": CHANNELS_LAST,
        "GlobalAveragePooling2D": CHANNELS_LAST,
        "GlobalMaxPooling2D": CHANNELS_LAST,
        "InputLayer": {
            "sparse": (False, None),
            "ragged": (False, None),
            "optional": (False,),
            "input_tensor": (None,),
            "tensor": (None,),
            "trainable": (True,),
        },
        "MaxPooling2D": CHANNELS_LAST,
        "GroupNormalization": LAST_AXIS,
        "LayerNormalization": {"rms_scaling": (False,)},
        "Resizing": {
            **CHANNELS_LAST,
            "pad_to_aspect_ratio": (False,),
            "fill_mode": ("constant",),
            "fill_value": (0.0,),
            "antialias": (False,),
        },
        "Softmax": LAST_AXIS,
        "SpatialDropout2D": CHANNELS_LAST,
        "UpSampling2D": CHANNELS_LAST,
        "ZeroPadding2D": CHANNELS_LAST,
    },
    "losses": {
        "Loss": {"reduction": ("sum_over_batch_size", "mean")},
        "BinaryCrossentropy": LAST_AXIS,
        "CategoricalCrossentropy": LAST_AXIS,
        "SparseCategoricalCrossentropy": {**LAST_AXIS, "ignore_class": (None,)},
    },
    "optimizers": {
        "Optimizer": {"loss_scale_factor": (None,)},
        "Muon": {"exclude_layers": ((), None), "exclude_embeddings": (True, False)},
    },
    "metrics": {"AUC": {"label_weights": (None,)}},
    "initializers": {
        "ScaledInitializer": {"input_axes": (None,), "output_axes": (None,)},
    },
}
"""By numcnn's package and the name of the class; a subclass has what its bases have."""


def fixed_arguments(kind: type) -> dict[str, tuple[Any, ...]]:
    """Return the arguments of a class that have but one value here, those of its bases first.

    Examples
    --------
    >>> from numcnn.layers import Flatten
    >>> fixed_arguments(Flatten)
    {'data_format': ('channels_last', None)}
    """
    found: dict[str, tuple[Any, ...]] = {}
    for base in reversed(kind.__mro__):
        house, _, room = base.__module__.partition(".")
        if house == "numcnn":
            found |= FIXED.get(room.partition(".")[0], {}).get(base.__name__, {})
    return found
