"""The layers.  Each file is one idea: its formula, its shapes, forward, backward."""

from numcnn.configuration import Family
from numcnn.layers.activation import ELU, Activation, LeakyReLU, OnlyActivation, ReLU, Softmax
from numcnn.layers.base import ActivatedLayer, Layer
from numcnn.layers.convolution import Conv2D
from numcnn.layers.dense import Dense
from numcnn.layers.dropout import Dropout
from numcnn.layers.flatten import Flatten
from numcnn.layers.input import Input, InputLayer
from numcnn.layers.pooling import AveragePooling2D, MaxPooling2D

AveragePool2D, Convolution2D, MaxPool2D = AveragePooling2D, Conv2D, MaxPooling2D

KINDS: tuple[type[Layer], ...] = (
    Activation,
    AveragePooling2D,
    Conv2D,
    Dense,
    Dropout,
    ELU,
    Flatten,
    InputLayer,
    LeakyReLU,
    MaxPooling2D,
    ReLU,
    Softmax,
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
    "Conv2D",
    "Convolution2D",
    "Dense",
    "Dropout",
    "Flatten",
    "Input",
    "InputLayer",
    "Layer",
    "LeakyReLU",
    "MaxPool2D",
    "MaxPooling2D",
    "OnlyActivation",
    "ReLU",
    "Softmax",
    "deserialize",
    "serialize",
]
