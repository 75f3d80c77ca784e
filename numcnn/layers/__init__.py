"""The layers.  Each file is one idea: its formula, its shapes, forward, backward."""

from numcnn.layers.activation import Activation, ReLU, Softmax
from numcnn.layers.base import ActivatedLayer, Layer
from numcnn.layers.convolution import Conv2D
from numcnn.layers.dense import Dense
from numcnn.layers.dropout import Dropout
from numcnn.layers.flatten import Flatten
from numcnn.layers.input import Input, InputLayer
from numcnn.layers.pooling import AveragePool2D, AveragePooling2D, MaxPool2D, MaxPooling2D

__all__ = [
    "Activation",
    "ActivatedLayer",
    "AveragePool2D",
    "AveragePooling2D",
    "Conv2D",
    "Dense",
    "Dropout",
    "Flatten",
    "Input",
    "InputLayer",
    "Layer",
    "MaxPool2D",
    "MaxPooling2D",
    "ReLU",
    "Softmax",
]
