"""Configurations: Keras's names and values, read back the same, and what is refused."""

import json

import numpy as np
import pytest

import numcnn
from numcnn import activations, initializers, layers, losses, metrics, optimizers, regularizers
from numcnn.activations import BoundedReLU
from numcnn.configuration import Configurable, plain
from numcnn.layers import Dense, Layer
from numcnn.optimizers import schedules

LAYERS = [
    layers.Conv2D(
        4,
        (3, 2),
        strides=2,
        padding="same",
        activation="elu",
        kernel_regularizer="l2",
        kernel_initializer=initializers.HeNormal(seed=3),
        trainable=False,
        name="first",
    ),
    layers.Dense(3, use_bias=False, activity_regularizer=regularizers.L1(0.5)),
    layers.Dense(3, activation=layers.LeakyReLU(0.1)),
    layers.Dense(3, activation=layers.ReLU(6.0)),
    layers.MaxPooling2D(3, 2),
    layers.AveragePooling2D((2, 3), padding="same"),
    layers.Flatten(),
    layers.Dropout(0.4, seed=5),
    layers.Activation("gelu"),
    layers.ReLU(6.0, 0.1, 0.5),
    layers.LeakyReLU(0.2),
    layers.ELU(0.5),
    layers.Softmax(),
    layers.BatchNormalization(momentum=0.9, scale=False, beta_regularizer="l1"),
    layers.GlobalAveragePooling2D(keepdims=True),
    layers.GlobalMaxPooling2D(),
    layers.ZeroPadding2D(((1, 2), (3, 4))),
    layers.Reshape((3, -1)),
    layers.Rescaling(1 / 255, offset=-1),
    layers.Rescaling([0.5, 2.0]),
    layers.InputLayer((28, 28, 1), name="pixels"),
]
OPTIMIZERS = [
    optimizers.SGD(0.1, 0.9, True, clipnorm=1.0),
    optimizers.RMSprop(0.01, 0.8, 0.5, centered=True),
    optimizers.Adam(schedules.ExponentialDecay(0.1, 100, 0.9, staircase=True), amsgrad=True),
    optimizers.AdamW(weight_decay=0.01, global_clipnorm=2.0),
    optimizers.Adagrad(initial_accumulator_value=0.2),
    optimizers.Adadelta(rho=0.9, clipvalue=0.5),
    optimizers.Adamax(0.1, 0.8, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=7),
    optimizers.Nadam(0.1, gradient_accumulation_steps=4),
    optimizers.Lion(0.1, 0.8, 0.9),
    optimizers.Muon(0.1, rms_rate=None, ns_steps=3),
]
LOSSES = [
    losses.CategoricalCrossentropy(True, 0.1),
    losses.SparseCategoricalCrossentropy(name="mine"),
    losses.BinaryCrossentropy(label_smoothing=0.2),
    losses.MeanSquaredError(),
    losses.MeanAbsoluteError(),
]
REGULARIZERS = [regularizers.L1(), regularizers.L2(0.1), regularizers.l1_l2()]
METRICS = [
    metrics.BinaryAccuracy(threshold=0.3),
    metrics.TopKCategoricalAccuracy(3),
    metrics.SparseCategoricalAccuracy("right"),
    metrics.MeanSquaredError(),
]
INITIALIZERS = [
    initializers.Zeros(),
    initializers.Ones(),
    initializers.Constant(0.5),
    initializers.RandomNormal(0.1, 0.2, seed=1),
    initializers.RandomUniform(-1, 1),
    initializers.TruncatedNormal(stddev=0.1),
    initializers.VarianceScaling(2.0, "fan_out", "uniform"),
    initializers.LecunNormal(7),
]


@pytest.mark.parametrize(
    ("family", "thing"),
    [
        *((layers, layer) for layer in LAYERS),
        *((optimizers, optimizer) for optimizer in OPTIMIZERS),
        *((losses, loss) for loss in LOSSES),
        *((metrics, metric) for metric in METRICS),
        *((initializers, initializer) for initializer in INITIALIZERS),
        *((regularizers, thing) for thing in REGULARIZERS),
        (activations, activations.LeakyReLU(0.1)),
        (activations, BoundedReLU(6.0)),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_what_is_written_down_as_json_is_read_back_the_same(family, thing):
    text = json.dumps(family.serialize(thing))
    again = family.deserialize(json.loads(text))
    assert type(again) is type(thing)
    assert json.dumps(family.serialize(again)) == text
    assert type(thing).from_config(thing.get_config()).get_config() == thing.get_config()


def test_a_configuration_has_the_names_and_values_of_keras():
    config = layers.serialize(layers.Dense(3, activation="relu", name="d"))
    assert config == {
        "module": "keras.layers",
        "class_name": "Dense",
        "config": {
            "name": "d",
            "trainable": True,
            "dtype": "float32",
            "units": 3,
            "activation": "relu",
            "use_bias": True,
            "kernel_initializer": {
                "module": "keras.initializers",
                "class_name": "GlorotUniform",
                "config": {"seed": None, "input_axes": None, "output_axes": None},
                "registered_name": None,
            },
            "bias_initializer": {
                "module": "keras.initializers",
                "class_name": "Zeros",
                "config": {},
                "registered_name": None,
            },
            "kernel_regularizer": None,
            "bias_regularizer": None,
            "kernel_constraint": None,
            "bias_constraint": None,
            "quantization_config": None,
        },
        "registered_name": None,
    }


def model():
    return numcnn.Sequential(
        [
            layers.InputLayer((8, 8, 1), name="pixels"),
            layers.Conv2D(2, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ],
        name="mine",
        seed=4,
    )


def test_a_model_is_made_again_from_its_configuration():
    original = model()
    config = json.loads(json.dumps(original.get_config()))
    again = numcnn.Sequential.from_config(config)
    assert again.name == "mine" and again.input_shape == (None, 8, 8, 1)
    assert [layer.name for layer in again.layers] == ["conv2d", "flatten", "dense"]
    assert json.loads(json.dumps(again.get_config())) == config
    for old, new in zip(original.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)  # the seed is the same


def test_a_model_whose_input_is_not_known_yet_is_made_again_too():
    config = numcnn.Sequential([layers.Dense(3)]).get_config()
    assert "build_input_shape" not in config and "seed" not in config
    again = numcnn.Sequential.from_config(config)
    assert not again.built and again.layers[0].units == 3


def test_a_float64_model_stays_one():
    double = numcnn.Sequential([layers.Dense(3, input_shape=(2,))], dtype="float64")
    again = numcnn.Sequential.from_config(double.get_config())
    assert again.get_weights()[0].dtype == np.float64
    assert again.get_config() == double.get_config()


def test_keras_writes_dtypes_as_policies():
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}}
    assert Dense.from_config({"units": 2, "dtype": policy}).dtype == np.float32
    with pytest.raises(ValueError, match=r"dtype must be .*, got 'mixed_float16'"):
        Dense(2, dtype={**policy, "config": {"name": "mixed_float16"}})


def test_a_layer_of_another_dtype_than_its_model_is_refused():
    with pytest.raises(ValueError, match="this model computes in"):
        numcnn.Sequential([Dense(2, dtype="float64", input_shape=(3,))])


class Scaled(Layer):
    """A layer of one's own."""

    def __init__(self, factor, **options):
        super().__init__(**options)
        self.factor = factor

    def compute_output_shape(self, input_shape):
        return input_shape

    def forward(self, x, training=False):
        return self.factor * self.checked(x)


def test_a_layer_of_ones_own_is_found_if_its_class_is_given():
    original = numcnn.Sequential([Scaled(3.0, input_shape=(2,))])
    config = original.get_config()
    assert config["layers"][1]["config"]["factor"] == 3.0
    assert config["layers"][1]["registered_name"] == "Scaled"
    again = numcnn.Sequential.from_config(config, custom_objects={"Scaled": Scaled})
    np.testing.assert_array_equal(again(np.ones((1, 2))), [[3, 3]])
    with pytest.raises(ValueError, match="numcnn has no layer Scaled"):
        numcnn.Sequential.from_config(config)


def test_an_argument_that_is_not_kept_is_asked_for():
    class Forgetful(Configurable):
        def __init__(self, size):
            pass

    with pytest.raises(AttributeError, match=r"does not keep its argument 'size': set self.size"):
        Forgetful(3).get_config()


def test_a_subclass_may_say_its_arguments_itself_as_in_keras():
    class Own(Scaled):
        def __init__(self, power, **options):
            super().__init__(2.0, **options)
            self.hidden = power

        def get_config(self):
            return {**super().get_config(), "power": self.hidden}

    assert Own(7).get_config()["power"] == 7


def test_a_generator_can_not_be_written_down():
    assert plain(np.random.default_rng(0)) is None
    assert layers.Dropout(0.5, seed=np.random.default_rng(0)).get_config()["seed"] is None


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda: Dense(3, unit=3),
            TypeError,
            "Dense has no argument 'unit': did you mean 'units'",
        ),
        (
            lambda: layers.UpSampling2D(data_format="channels_first"),
            ValueError,
            "UpSampling2D in numcnn has data_format='channels_last' only, got 'channels_first'",
        ),
        (
            lambda: layers.Flatten(data_format="channels_first"),
            ValueError,
            "'channels_last' only, got 'channels_first': leave it out, and put the channels last",
        ),
        (lambda: losses.MeanSquaredError(reduction="sum"), ValueError, "only, got 'sum'"),
        (lambda: layers.deserialize({"class_name": "LSTM"}), ValueError, "no layer LSTM: it comp"),
        (
            lambda: layers.deserialize({"class_name": "SeparableConv1D", "config": {}}),
            ValueError,
            "numcnn has no layer SeparableConv1D; the nearest one is SeparableConv2D.",
        ),
        (lambda: layers.deserialize({"class_name": "Dense"}), ValueError, "cannot be made from"),
        (lambda: layers.deserialize([]), ValueError, "a layer must be "),
        (
            lambda: layers.deserialize({"class_name": "Dense", "config": [1]}),
            ValueError,
            "the configuration of Dense must be a dict",
        ),
        (lambda: numcnn.Sequential.from_config({}), ValueError, "must be a dict with"),
        (
            lambda: layers.LSTM,
            AttributeError,
            "numcnn has no layer LSTM: it computes with images",
        ),
        (lambda: optimizers.Ftrl, AttributeError, "no optimizer Ftrl; it has Adadelta, Adagrad, "),
        (lambda: layers.nothing, AttributeError, "numcnn.layers has no nothing"),
        (lambda: Dense(3)(Dense(3)), TypeError, "a layer is called on the output of another one"),
    ],
)
def test_what_numcnn_does_not_have_is_refused_in_a_sentence(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def test_importing_a_layer_that_is_not_there_says_what_is():
    with pytest.raises(ImportError, match="no layer SeparableConv1D; the nearest one is"):
        from numcnn.layers import SeparableConv1D  # noqa: F401


def test_the_layers_up_to_one_in_the_middle_make_a_model_of_their_own(engine):
    whole = model()
    part = numcnn.Sequential(whole.layers[:1])
    x = np.random.default_rng(0).random((3, 8, 8, 1)).astype(np.float32)
    np.testing.assert_array_equal(part.predict(x, verbose=0), whole.layers[0](x))
    assert part.output_shape == (None, 6, 6, 2)
    names = [layer.name for layer in numcnn.Sequential([layers.Dense(2), layers.Dense(2)]).layers]
    assert names == ["dense", "dense_1"]
    two = numcnn.Sequential([layers.Dense(2, input_shape=(2,)), layers.Dense(2)])
    numcnn.Sequential(two.layers[1:])
    assert [layer.name for layer in two.layers] == names
