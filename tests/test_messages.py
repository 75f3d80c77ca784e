"""Bad calls: each is refused before anything is computed, in a sentence that helps.

Every case names what was wrong, what was expected and what came; and the model that it was tried on
is the same afterwards, bit for bit.
"""

import numpy as np
import pytest

import numcnn
from numcnn import initializers, layers, losses, metrics, optimizers
from numcnn.callbacks import Callback, LambdaCallback
from numcnn.gradcheck import check_layer
from numcnn.optimizers import schedules
from numcnn.randomness import generator
from numcnn.regularizers import L2

X = np.random.default_rng(0).random((6, 8, 8, 1))
Y = np.array([0, 1, 2, 0, 1, 2])
WITH_NAN = X.copy()
WITH_NAN[3, 2, 2] = np.nan


def make(loss="sparse_categorical_crossentropy", compiled=True):
    model = numcnn.Sequential(
        [
            layers.Conv2D(2, 3, activation="relu", input_shape=(8, 8, 1)),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ],
        seed=0,
    )
    if compiled:
        model.compile("adam", loss, metrics=["accuracy"])
    return model


def fit(**options):
    """Return a call of fit with good data, but for the options."""

    def call(model):
        model.fit(**{"x": X, "y": Y, "verbose": 0, **options})

    return call


def set_rate_of_schedule():
    optimizers.SGD(schedules.CosineDecay(0.1, 10)).learning_rate = 0.5


CONSTRUCTORS = {
    "filters of 0": (lambda: layers.Conv2D(0, 3), "filters must be at least 1, got 0"),
    "filters of 2.5": (lambda: layers.Conv2D(2.5, 3), "filters must be a whole number, got 2.5"),
    "filters of True": (lambda: layers.Conv2D(True, 3), "filters must be a whole number, got True"),
    "kernel of three": (lambda: layers.Conv2D(1, (3, 3, 3)), "kernel_size must be .* or a pair"),
    "kernel of -1": (lambda: layers.Conv2D(1, (3, -1)), r"kernel_size\[1\] must be at least 1"),
    "strides of 0": (lambda: layers.Conv2D(1, 3, strides=0), "strides must be at least 1, got 0"),
    "padding unknown": (
        lambda: layers.Conv2D(1, 3, padding="smae"),
        "padding 'smae' is not known.* Did you mean 'same'",
    ),
    "activation unknown": (
        lambda: layers.Dense(3, activation="rleu"),
        "activation 'rleu' is not known.*Did you mean 'relu'",
    ),
    "activation a number": (lambda: layers.Dense(3, activation=3), "activation must be one of"),
    "initializer unknown": (
        lambda: layers.Dense(3, kernel_initializer="glorot"),
        "kernel_initializer 'glorot' is not known.*Did you mean 'glorot",
    ),
    "units of a string": (lambda: layers.Dense("3"), "units must be a whole number, got '3'"),
    "pool of 0": (lambda: layers.MaxPooling2D(0), "pool_size must be at least 1, got 0"),
    "rate of 1.5": (lambda: layers.Dropout(1.5), "rate must be a finite number, .* at most 1, got"),
    "rate of NaN": (lambda: layers.Dropout(float("nan")), "rate must be a finite number"),
    "batch in input_shape": (
        lambda: layers.Dense(3, input_shape=(None, 4)),
        "input_shape must not contain None: leave the batch axis out",
    ),
    "input_shape a string": (lambda: layers.Dense(3, input_shape="28"), "input_shape must be"),
    "Input without shape": (lambda: layers.Input(), "Input needs the shape of one sample"),
    "axis 1 of images": (
        lambda: layers.BatchNormalization(axis=1).build_for((None, 4, 4, 2)),
        "axis must be -1 or 3, got 1",
    ),
    "axis of text": (lambda: layers.BatchNormalization(axis="C"), "axis must be a whole number"),
    "padding of three": (lambda: layers.ZeroPadding2D((1, 2, 3)), "padding must be a whole number"),
    "padding below 0": (lambda: layers.ZeroPadding2D(-1), "padding must be at least 0, got -1"),
    "two free axes": (lambda: layers.Reshape((-1, -1)), "target_shape may have at most one -1"),
    "reshape of too many": (
        lambda: layers.Reshape((5, -1)).build_for((None, 12)),
        r"shape \(12,\) has 12 numbers, which do not fit the target_shape \(5, -1\)",
    ),
    "scales of three": (
        lambda: layers.Rescaling([1, 2, 3]).build_for((None, 4, 4, 2)),
        "scale has 3 numbers, but the input .* has 2 channels",
    ),
    "scale of text": (lambda: layers.Rescaling("1/255"), "scale must hold real numbers"),
    "two clippings": (
        lambda: optimizers.Adam(clipnorm=1.0, clipvalue=1.0),
        "give only one of clipnorm, clipvalue and global_clipnorm",
    ),
    "a penalty below 0": (lambda: layers.Dense(3, kernel_regularizer=L2(-1)), "l2 must be"),
    "regularizer unknown": (
        lambda: layers.Dense(3, kernel_regularizer="l3"),
        "kernel_regularizer 'l3' is not known",
    ),
    "a schedule that is set": (
        set_rate_of_schedule,
        "a CosineDecay gives the learning rate of this SGD, so a number can't be set",
    ),
    "boundaries too few": (
        lambda: schedules.PiecewiseConstantDecay([1], [0.1]),
        "values must be one more than boundaries",
    ),
    "a power below 0": (lambda: schedules.PolynomialDecay(0.1, 9, power=-1), "power must be"),
    "one layer alone": (
        lambda: numcnn.Sequential(layers.Flatten()),
        r"must be in a list, \[<Flatten flatten, not built>\], got a layer",
    ),
    "name a number": (lambda: layers.Flatten(name=3), "name must be a string, got 3"),
    "learning rate below 0": (lambda: optimizers.Adam(-1), "learning_rate must be .* at least 0"),
    "beta of 1": (lambda: optimizers.Adam(beta_1=1.0), "beta_1 must be .* below 1, got 1.0"),
    "momentum of 2": (lambda: optimizers.SGD(momentum=2), "momentum must be .* below 1"),
    "loss unknown": (
        lambda: losses.get("categorical_crossentrpy"),
        "loss .* is not known.*Did you mean 'categorical_crossentropy'",
    ),
    "optimizer unknown": (lambda: optimizers.get("adma"), "'adma' is not known.*mean 'adam'"),
    "scale of 0": (lambda: initializers.VarianceScaling(scale=0), "scale must be a finite number"),
    "mode unknown": (
        lambda: initializers.VarianceScaling(mode="fanin"),
        "mode 'fanin' is not known.*Did you mean 'fan_in'",
    ),
    "seed below 0": (lambda: generator(-1), "seed must be 0 or more, got -1"),
    "seed a float": (lambda: generator(0.5), "seed must be a whole number"),
    "engine unknown": (lambda: numcnn.use_engine("refrence"), "engine 'refrence' is not known"),
    "no such event": (
        lambda: LambdaCallback(on_epoch=print),
        "there is no event 'on_epoch'; the events are .*on_epoch_end",
    ),
    "dtype of a model": (lambda: numcnn.Sequential(dtype="int8"), 'dtype must be "float32" or'),
    "step of 0": (lambda: check_layer(layers.Flatten(), (3,), step=0), "step must be"),
}


@pytest.mark.parametrize(("call", "message"), CONSTRUCTORS.values(), ids=CONSTRUCTORS)
def test_a_bad_argument_is_refused(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()


MODEL_CALLS = {
    "flat images": (fit(x=X.reshape(6, 64)), r"reshape it, x.reshape\(-1, 8, 8, 1\)"),
    "channels first": (fit(x=X.transpose(0, 3, 1, 2)), "channels come last, x.transpose"),
    "one sample": (lambda m: m.predict(X[0]), "one sample needs a batch axis too"),
    "other size": (fit(x=X[:, :7]), r"got \(6, 7, 8, 1\)\."),
    "no samples": (fit(x=X[:0], y=Y[:0]), "x must hold at least one sample"),
    "a number": (fit(x=3.0), r"x must hold at least one sample, got shape \(\)"),
    "ragged x": (fit(x=[[1, 2], [3]]), "x cannot be converted to an array"),
    "text": (fit(x=np.array(["a"] * 6)), "x must hold real numbers, got an array of dtype <U1"),
    "complex x": (fit(x=X.astype(complex)), "x must hold real numbers, got .* complex128"),
    "NaN in x": (fit(x=WITH_NAN), "x holds NaN or infinite .* in sample 3"),
    "infinite x": (fit(x=np.where(X > 0.99, np.inf, X)), "x holds NaN or infinite numbers"),
    "no labels": (fit(y=None), "y is missing: each sample of x needs its label"),
    "fewer labels": (fit(y=Y[:5]), r"x has 6 samples, so y needs 6 rows, but its shape is \(5,\)"),
    "label too large": (fit(y=Y + 1), r"class numbers from 0 to 2, .* but y\[2\] is 3"),
    "label below 0": (fit(y=Y - 1), r"class numbers from 0 to 2, .* but y\[0\] is -1"),
    "label NaN": (fit(y=np.where(Y == 1, np.nan, Y)), r"but y\[1\] is nan"),
    "label 0.5": (fit(y=Y + 0.5), r"but y\[0\] is 0.5"),
    "labels of text": (fit(y=list("abcabc")), "y must hold real numbers"),
    "one-hot for sparse": (fit(y=np.eye(3)[Y]), 'use loss="categorical_crossentropy"'),
    "labels 2-D": (fit(y=np.zeros((6, 2))), r"one class number a sample.* shape \(6, 2\)"),
    "nothing": (lambda m: m.fit(), "x must hold real numbers, got NoneType"),
    "batch size 0": (fit(batch_size=0), "batch_size must be at least 1, got 0"),
    "batch size -3": (lambda m: m.predict(X, -3), "batch_size must be at least 1, got -3"),
    "validation batch size 0": (
        fit(validation_batch_size=0, validation_split=0.5),
        "validation_batch_size must be at least 1, got 0",
    ),
    "batch size 1.5": (fit(batch_size=1.5), "batch_size must be a whole number"),
    "epochs 0": (fit(epochs=0), "epochs must be at least 1, got 0"),
    "initial epoch -1": (fit(initial_epoch=-1), "initial_epoch must be at least 0"),
    "split of 1": (fit(validation_split=1.0), "validation_split must be .* below 1, got 1.0"),
    "split of all": (fit(validation_split=0.9), "leaves 0 for training and 6 for validation"),
    "validation data one": (fit(validation_data=(X,)), r"must be \(x, y\) .*got tuple of 1"),
    "validation data array": (fit(validation_data=X), "validation_data must be"),
    "validation shape": (fit(validation_data=(X[:, :4], Y)), "takes validation x of shape"),
    "validation labels": (fit(validation_data=(X, Y + 5)), r"but validation y\[0\] is 5"),
    "weights too few": (fit(sample_weight=[1.0]), r"sample_weight must have shape \(6,\), got"),
    "weights below 0": (fit(sample_weight=-np.ones(6)), "weights must be finite and 0 or more"),
    "weights NaN": (fit(sample_weight=[np.nan] * 6), "weights must be finite and 0 or more"),
    "class weight list": (fit(class_weight=[1, 2, 3]), "class_weight must be a dict"),
    "class weight of text": (fit(class_weight={0: "a"}), r"class_weight\[0\] must be a number"),
    "class weight unknown": (fit(class_weight={7: 1.0}), "names the class 7, but there are 3"),
    "both weights": (
        fit(class_weight={0: 2.0}, sample_weight=np.ones(6)),
        "sample_weight or class_weight, not both",
    ),
    "callback class": (fit(callbacks=[Callback]), "callbacks must be Callback .*make one"),
    "callback function": (fit(callbacks=print), "callbacks must be Callback objects"),
    "verbose 5": (fit(verbose=5), 'verbose must be "auto", 0, 1 or 2, got 5'),
    "verbose a list": (fit(verbose=[1]), r'verbose must be "auto", 0, 1 or 2, got \[1\]'),
    "a summary of one column": (lambda m: m.summary(positions=[1.0]), "must be 3 shares of the"),
    "steps 0": (fit(steps_per_epoch=0), "steps_per_epoch must be at least 1"),
    "validation freq 0": (fit(validation_freq=0), "validation_freq must be at least 1"),
    "layer class": (lambda m: m.add(layers.Flatten), "made of layers, got .*make one"),
    "not a layer": (lambda m: m.add("dense"), "made of layers, got 'dense'"),
    "same layer twice": (lambda m: m.add(m.layers[0]), 'layer "conv2d" is in this model already'),
    "name twice": (
        lambda m: m.add(layers.Dense(2, name="dense")),
        'there is a layer "dense" in this model already',
    ),
    "late input": (lambda m: m.add(layers.Input((3,))), "only be the first layer"),
    "does not fit": (lambda m: m.add(layers.MaxPooling2D(2)), "The shapes up to it:"),
    "wrong input_shape": (
        lambda m: m.add(layers.Dense(2, input_shape=(9,))),
        r"was made with input_shape=\(9,\), but its input here has the shape \(None, 3\)",
    ),
    "built for another": (lambda m: m.build((None, 9, 9, 1)), r"was built for \(None, 8, 8, 1\)"),
    "weights of another": (lambda m: m.set_weights([]), "has 4 weights, got 0"),
    "threshold of 2": (
        lambda m: m.predict_classes(X, verbose=0, threshold=2),
        "threshold must be .* at most 1",
    ),
    "compile without loss": (lambda m: m.compile("adam"), "compile needs a loss"),
    "metric unknown": (
        lambda m: m.compile("adam", "categorical_crossentropy", metrics=["acuracy"]),
        "metric 'acuracy' is not known.*Did you mean 'accuracy'",
    ),
    "metric twice": (
        lambda m: m.compile("adam", "categorical_crossentropy", metrics=["mse", "mse"]),
        "the history can hold 'mse' once: give a metric another name",
    ),
    "metric loss": (
        lambda m: m.compile("adam", "mse", metrics=[metrics.MeanSquaredError("loss")]),
        "the history can hold 'loss' once",
    ),
    "forward of a layer": (
        lambda m: m.layers[0].forward(X[..., 0]),
        r'Conv2D "conv2d" was built for inputs of shape \(None, 8, 8, 1\)',
    ),
    "backward alone": (
        lambda m: m.layers[0].backward(np.zeros((6, 6, 6, 2))),
        r"call forward\(x, training=True\) before each backward\(dy\)",
    ),
}


@pytest.mark.parametrize(("call", "message"), MODEL_CALLS.values(), ids=MODEL_CALLS)
def test_a_bad_call_is_refused_and_the_model_unchanged(engine, call, message):
    model = make()
    before = [weight.tobytes() for weight in model.get_weights()]
    compiled = model.optimizer, model.loss, model.metrics
    chance = model.rng.bit_generator.state
    with pytest.raises((ValueError, TypeError), match=message) as refused:
        call(model)
    assert str(refused.value).endswith((".", "?", "<- here"))  # it is a sentence
    assert [weight.tobytes() for weight in model.get_weights()] == before
    assert (model.optimizer, model.loss, model.metrics) == compiled
    assert model.rng.bit_generator.state == chance
    assert model.optimizer.iterations == 0 and model.history is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.fit(X, Y), "fit: compile the model first, with model.compile"),
        (lambda m: m.evaluate(X, Y), "evaluate: compile the model first"),
        (lambda m: m.train_on_batch(X, Y), "train_on_batch: compile the model first"),
        (lambda m: numcnn.Sequential().predict(X), "the model has no layers yet"),
        (lambda m: numcnn.Sequential([layers.Input((8, 8, 1))])(X), "the model has no layers yet"),
        (lambda m: numcnn.Sequential().pop(), "has no layer to remove"),
        (
            lambda m: numcnn.Sequential([layers.Dense(3)]).count_params(),
            'count_params: model "sequential" has no weights yet',
        ),
        (
            lambda m: layers.Dense(3).forward(np.zeros(3)),
            r"a dense layer needs rows of numbers \(N, D\)",
        ),
        (
            lambda m: numcnn.Sequential([layers.Flatten(input_shape=(4, 4)), layers.Conv2D(2, 3)]),
            r"needs images \(N, H, W, C\), but its input has the shape \(None, 16\)",
        ),
    ],
)
def test_what_comes_too_early_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(make(compiled=False))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (Y, 'for class numbers use loss="sparse_categorical_crossentropy"'),
        (np.eye(4)[Y], r"one-hot labels of shape \(N, 3\).* shape \(6, 4\)"),
        (np.eye(3)[Y] * 2, r"sum to 1 in each row, but y\[0\] is \[2.0, 0.0, 0.0\]"),
        (np.eye(3)[Y] - 0.5, "0 or more and sum to 1"),
        (np.eye(3)[Y] * np.nan, "0 or more and sum to 1"),
    ],
)
def test_bad_one_hot_labels_are_refused(labels, message):
    with pytest.raises(ValueError, match=message):
        make("categorical_crossentropy").fit(X, labels, verbose=0)


def test_unscaled_pixels_are_warned_of():
    with pytest.warns(UserWarning, match=r"go up to 255; .* use x / 255.0") as caught:
        make().fit(np.rint(X / X.max() * 255), Y, verbose=0)
    assert caught[0].filename == __file__


def test_softmax_before_a_loss_on_logits_is_warned_of():
    with pytest.warns(UserWarning, match="ends in softmax, so its outputs are not logits"):
        make().compile("adam", losses.CategoricalCrossentropy(from_logits=True))
