"""The layers.  Each file is one idea: its formula, its shapes, forward, backward.

May import: `activations`, `checks`, `configuration`, `constraints`, `engine`, `families`,
`geometry`, `initializers`, `missing`, `notebook`, `own_results`, `parameter`, `penalties`,
`randomness`, `regularizers`, `results`.
"""

from numcnn.families import Family
from numcnn.layers import operations as operations
from numcnn.layers.absent import INSTEAD
from numcnn.layers.activation import ELU, Activation, LeakyReLU, OnlyActivation, ReLU, Softmax
from numcnn.layers.augmentation import (
    Augmentation,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
)
from numcnn.layers.base import ActivatedLayer, Layer
from numcnn.layers.batch_normalization import BatchNormalization
from numcnn.layers.concatenation import Concatenate, concatenate
from numcnn.layers.convolution import Conv2D
from numcnn.layers.cropping import CenterCrop, Cropping2D
from numcnn.layers.dense import Dense
from numcnn.layers.depthwise import DepthwiseConv2D
from numcnn.layers.dropout import Dropout, SpatialDropout2D
from numcnn.layers.flatten import Flatten
from numcnn.layers.global_pooling import GlobalAveragePooling2D, GlobalMaxPooling2D
from numcnn.layers.input import Input, InputLayer
from numcnn.layers.layer_normalization import GroupNormalization, LayerNormalization
from numcnn.layers.light import RandomBrightness, RandomContrast
from numcnn.layers.merging import (
    Add,
    Average,
    Maximum,
    Merge,
    Minimum,
    Multiply,
    Subtract,
    add,
    average,
    maximum,
    minimum,
    multiply,
    subtract,
)
from numcnn.layers.noise import GaussianNoise
from numcnn.layers.normalization import Normalization
from numcnn.layers.permute import Permute
from numcnn.layers.pooling import AveragePooling2D, MaxPooling2D
from numcnn.layers.prelu import PReLU
from numcnn.layers.random_crop import RandomCrop
from numcnn.layers.random_layer import RandomLayer
from numcnn.layers.resampling import Resizing, UpSampling2D
from numcnn.layers.rescaling import Rescaling
from numcnn.layers.reshape import Reshape
from numcnn.layers.separable import SeparableConv2D
from numcnn.layers.transposed_convolution import Conv2DTranspose
from numcnn.layers.zero_padding import ZeroPadding2D

AveragePool2D = AvgPool2D = AveragePooling2D
Convolution2D, MaxPool2D = Conv2D, MaxPooling2D
Convolution2DTranspose, SeparableConvolution2D = Conv2DTranspose, SeparableConv2D
GlobalAvgPool2D, GlobalMaxPool2D = GlobalAveragePooling2D, GlobalMaxPooling2D

KINDS: tuple[type[Layer], ...] = (
    Activation,
    Add,
    Average,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
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
    Maximum,
    Minimum,
    Multiply,
    ReLU,
    Rescaling,
    Reshape,
    Softmax,
    Subtract,
    CenterCrop,
    Cropping2D,
    DepthwiseConv2D,
    SeparableConv2D,
    GroupNormalization,
    LayerNormalization,
    GaussianNoise,
    SpatialDropout2D,
    Normalization,
    Permute,
    PReLU,
    RandomBrightness,
    RandomContrast,
    RandomCrop,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
    Resizing,
    UpSampling2D,
    Conv2DTranspose,
    ZeroPadding2D,
)
ONLY_IN_TRAINING = (
    *(GaussianNoise, RandomBrightness, RandomContrast, RandomFlip, RandomRotation),
    *(RandomTranslation, RandomZoom, SpatialDropout2D),
)
"""Layers beside Dropout that change nothing in prediction."""
LAYERS = Family("layer", Layer, {kind.__name__: kind for kind in KINDS}, INSTEAD)
serialize, deserialize = LAYERS.serialize, LAYERS.deserialize
__getattr__ = LAYERS.missing(__name__)

__all__ = [
    "ELU",
    "Activation",
    "Add",
    "ActivatedLayer",
    "Augmentation",
    "Average",
    "AveragePool2D",
    "AveragePooling2D",
    "AvgPool2D",
    "BatchNormalization",
    "Concatenate",
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
    "Maximum",
    "Merge",
    "Minimum",
    "Multiply",
    "OnlyActivation",
    "ReLU",
    "Rescaling",
    "Reshape",
    "Softmax",
    "Subtract",
    "CenterCrop",
    "Cropping2D",
    "DepthwiseConv2D",
    "SeparableConv2D",
    "GroupNormalization",
    "LayerNormalization",
    "GaussianNoise",
    "SpatialDropout2D",
    "Normalization",
    "Permute",
    "PReLU",
    "RandomBrightness",
    "RandomContrast",
    "RandomCrop",
    "RandomFlip",
    "RandomLayer",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "Resizing",
    "UpSampling2D",
    "Conv2DTranspose",
    "ZeroPadding2D",
    "add",
    "average",
    "concatenate",
    "deserialize",
    "maximum",
    "minimum",
    "multiply",
    "serialize",
    "subtract",
]
