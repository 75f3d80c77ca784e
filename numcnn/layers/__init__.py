"""The layers.  Each file is one idea: its formula, its shapes, forward, backward.

May import: `activations`, `checks`, `configuration`, `engine`, `families`, `geometry`,
`initializers`, `notebook`, `parameter`, `penalties`, `randomness`, `regularizers`, `results`.
"""

from numcnn.families import Family
from numcnn.layers.activation import ELU, Activation, LeakyReLU, OnlyActivation, ReLU, Softmax
from numcnn.layers.base import ActivatedLayer, Layer
from numcnn.layers.batch_normalization import BatchNormalization
from numcnn.layers.convolution import Conv2D
from numcnn.layers.dense import Dense
from numcnn.layers.dropout import Dropout
from numcnn.layers.flatten import Flatten
from numcnn.layers.global_pooling import GlobalAveragePooling2D, GlobalMaxPooling2D
from numcnn.layers.input import Input, InputLayer
from numcnn.layers.pooling import AveragePooling2D, MaxPooling2D
from numcnn.layers.rescaling import Rescaling
from numcnn.layers.reshape import Reshape
from numcnn.layers.zero_padding import ZeroPadding2D

AveragePool2D = AvgPool2D = AveragePooling2D
Convolution2D, MaxPool2D = Conv2D, MaxPooling2D
GlobalAvgPool2D, GlobalMaxPool2D = GlobalAveragePooling2D, GlobalMaxPooling2D

KINDS: tuple[type[Layer], ...] = (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    ELU,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    InputLayer,
    LeakyReLU,
    MaxPooling2D,
    ReLU,
    Rescaling,
    Reshape,
    Softmax,
    ZeroPadding2D,
)
LAYERS = Family("layer", Layer, {kind.__name__: kind for kind in KINDS})
serialize, deserialize = LAYERS.serialize, LAYERS.deserialize
__getattr__ = LAYERS.missing(__name__)

__all__ = [
    "ELU",
    "Activation",
    "ActivatedLayer",
    "AveragePool2D",
    "AveragePooling2D",
    "AvgPool2D",
    "BatchNormalization",
    "Conv2D",
    "Convolution2D",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalAveragePooling2D",
    "GlobalAvgPool2D",
    "GlobalMaxPool2D",
    "GlobalMaxPooling2D",
    "Input",
    "InputLayer",
    "Layer",
    "LeakyReLU",
    "MaxPool2D",
    "MaxPooling2D",
    "OnlyActivation",
    "ReLU",
    "Rescaling",
    "Reshape",
    "Softmax",
    "ZeroPadding2D",
    "deserialize",
    "serialize",
]
