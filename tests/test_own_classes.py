"""Classes of your own: an array of a wrong shape is refused before anything is computed with it.

The compiled loops of the fast engine look at no shape, so such an array would be read beyond its
end.
"""

import numpy as np
import pytest

from numcnn import (
    Model,
    Sequential,
    activations,
    constraints,
    explain,
    initializers,
    layers,
    losses,
    metrics,
)
from numcnn.optimizers import SGD
from numcnn.optimizers.schedules import LearningRateSchedule
from numcnn.preprocessing.image import ImageDataGenerator
from numcnn.regularizers import L2, Regularizer

RNG = np.random.default_rng(0)
X, Y = RNG.random((8, 6), np.float32), RNG.random((8, 5), np.float32)


def own(forward=lambda layer, x, training=False: x, backward=lambda layer, dy: dy):
    """A layer of a class F."""
    return type("F", (layers.Layer,), {"forward": forward, "backward": backward})()


def fit(*last, loss="mse", metric=None, **dense):
    """Train ``Dense(5)`` and the last layers for one update; return the history."""
    rows = [layers.Input((6,)), layers.Dense(5, **dense), *last]
    model = Sequential(rows, seed=0)
    model.compile("sgd", loss, metrics=metric)
    before = model.get_weights()
    try:
        return model.fit(X, Y, verbose=0).history
    except ValueError:
        assert all(map(np.array_equal, before, model.get_weights()))
        raise


@pytest.mark.parametrize(
    ("backward", "said"),
    [
        (lambda layer, dy: dy.T.copy(), r'F "f": backward returned an array of shape \(5, 8\), .*'),
        (lambda layer, dy: dy[:1], r"of shape \(1, 5\), but dx must have the shape \(8, 5\)"),
        (lambda layer, dy: dy[:, :1], r"of shape \(8, 1\), but dx must have the shape \(8, 5\)"),
        (lambda layer, dy: None, r"F \"f\": backward returned None; .* `return dx`"),
        (lambda layer, dy: "zebra", r"backward returned 'zebra', but dx must be an array of real"),
        (lambda layer, dy: [[1.0], [1.0, 2.0]], "dx must be an array of real numbers"),
    ],
)
def test_backward_of_your_own_keeps_the_shape_of_x(engine, backward, said):
    with pytest.raises(ValueError, match=said):
        fit(own(backward=backward))


def test_a_gradient_in_a_list_or_of_another_dtype_is_converted(engine):
    right = fit(own())["loss"]
    assert fit(own(backward=lambda layer, dy: dy.tolist()))["loss"] == right
    assert fit(own(backward=lambda layer, dy: dy.astype(np.float64)))["loss"] == right


@pytest.mark.parametrize(
    ("forward", "said"),
    [
        (lambda layer, x, training=False: x[:1], r"forward returned an array of shape \(1, 5\)"),
        (lambda layer, x, training=False: x.T, r"forward returned an array of shape \(5, 1\)"),
        (lambda layer, x, training=False: x[:, training:], r"must have the shape \(8, 5\)"),
        (lambda layer, x, training=False: None, "forward returned None; .* `return y`"),
        (lambda layer, x, training=False: np.sum(x), r"must have the shape \(1,\), the batch of x"),
    ],
)
def test_forward_of_your_own_keeps_the_batch_and_the_output_shape(engine, forward, said):
    with pytest.raises(ValueError, match=said):
        fit(own(forward))


def test_predict_and_a_call_lose_no_sample(engine):
    layer = own(lambda layer, x, training=False: x[:1])
    with pytest.raises(ValueError, match="the batch of x"):
        Sequential([layers.Input((6,)), layer]).predict(X, verbose=0)
    with pytest.raises(ValueError, match="the batch of x"):
        layer(X)
    with pytest.raises(ValueError, match="returned None"):
        own(lambda layer, x, training=False: None)(X)


class Scaled(layers.Layer):
    """Sets a gradient of a wrong shape."""

    def build(self, input_shape):
        self.w = self.add_parameter("w", (input_shape[-1],), "ones")

    def forward(self, x, training=False):
        self.x = x
        return x * self.w.value

    def backward(self, dy):
        self.w.grad = (dy * self.x).sum(axis=0)[:1]
        return dy * self.w.value


def test_a_parameters_gradient_has_its_shape(engine):
    said = r"Scaled \"scaled\": backward .* self.w.grad must have the shape \(5,\), that of w"
    with pytest.raises(ValueError, match=said):
        fit(Scaled())


@pytest.mark.parametrize("shape", [None, 5, "zebra", (None, 2.5), (None, 0)])
def test_an_output_shape_of_your_own(shape):
    layer = own()
    layer.compute_output_shape = lambda input_shape: shape
    with pytest.raises(ValueError, match="F: compute_output_shape must return a shape with the"):
        fit(layer)


class Sum(layers.Layer):
    """Adds two inputs; the gradients are an attribute."""

    reads_several = True

    def compute_output_shape(self, input_shapes):
        return input_shapes[0]

    def forward(self, xs, training=False):
        return xs[0] + xs[1]

    def backward(self, dy):
        return self.gradients(dy)


@pytest.mark.parametrize(
    ("gradients", "said"),
    [
        (lambda dy: dy, "must return a list of 2 gradients, one for each input"),
        (lambda dy: [dy], "must return a list of 2 gradients"),
        (lambda dy: [dy, dy[:1]], r"of shape \(1, 5\), but dx\[1\] must have the shape \(8, 5\)"),
        (lambda dy: [dy, None], r"backward returned None; .* `return dx\[1\]`"),
    ],
)
def test_a_layer_of_your_own_with_two_inputs(engine, gradients, said):
    x, merge = layers.Input((6,)), Sum()
    z = layers.Dense(5)(x)
    model = Model(x, merge([z, layers.ReLU()(z)]))
    model.compile("sgd", "mse")
    merge.gradients = gradients
    with pytest.raises(ValueError, match=said):
        model.fit(X, Y, verbose=0)
    merge.gradients = lambda dy: (dy, dy)
    assert np.isfinite(model.fit(X, Y, verbose=0).history["loss"]).all()


@pytest.mark.parametrize("backward", [lambda layer, dy: None, lambda layer, dy: dy[:, :2]])
def test_saliency_goes_through_a_layer_of_your_own(backward):
    model = Sequential([layers.Input((6,)), own(backward=backward), layers.Dense(3)])
    with pytest.raises(ValueError, match='F "f": backward returned'):
        explain.saliency(model, X[0], 1)


@pytest.mark.parametrize("function", [lambda image: None, lambda image: image[:2]])
def test_an_image_of_your_own(function):
    images = ImageDataGenerator(preprocessing_function=function).flow(np.ones((4, 8, 8, 1)))
    with pytest.raises(ValueError, match="preprocessing_function returned"):
        next(images)


class Squares(losses.Loss):
    """Squared errors; the way there or back may be replaced."""

    def __init__(self, forward=None, backward=None):
        super().__init__()
        self.there, self.back = forward, backward

    def forward(self, y_true, y_pred):
        d = y_pred - y_true
        return self.there(d) if self.there else (np.square(d).mean(axis=1), d)

    def backward(self, dlosses, cache):
        dy = 2 / cache.shape[1] * cache * dlosses[:, np.newaxis]
        return self.back(dy) if self.back else dy


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        (Squares(backward=lambda dy: dy.T), r"Squares: backward .* dy_pred .*\(8, 5\)"),
        (Squares(backward=lambda dy: dy[:1]), r"Squares: backward .* of shape \(1, 5\)"),
        (Squares(backward=lambda dy: None), "Squares: backward returned None"),
        (Squares(lambda d: None), "forward must return the losses and a cache .* got None"),
        (Squares(lambda d: np.square(d).sum(axis=1)), "a cache for backward"),
        (Squares(lambda d: (np.square(d).mean(), d)), r"losses must have the shape \(8,\)"),
    ],
)
def test_a_loss_of_your_own(engine, loss, said):
    assert fit(loss=Squares())["loss"] == pytest.approx(fit()["loss"], rel=1e-6)
    with pytest.raises(ValueError, match=said):
        fit(loss=loss)


def returning(base, result, method="__call__"):
    """An object of a class of one's own, in which one method returns something else."""
    return type("Own", (base,), {method: lambda self, *arguments, **options: result(*arguments)})()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            {"kernel_initializer": returning(initializers.Ones, lambda s, *_: np.ones(s)[:1])},
            r"Own: the call returned an array of shape \(1, 5\), .*\(6, 5\), that of kernel",
        ),
        (
            {"kernel_initializer": returning(initializers.Ones, lambda s, _: None, "values")},
            "Own: values returned None",
        ),
        (
            {"kernel_constraint": returning(constraints.Constraint, lambda w: None)},
            "Own: the call returned None; it has to end with `return w`",
        ),
        (
            {"kernel_constraint": returning(constraints.Constraint, lambda w: w[:1])},
            r"Own: the call returned an array of shape \(1, 5\)",
        ),
        (
            {"activation": returning(activations.ReLU, lambda z: z[:1], "value")},
            "Own: value returned an array of shape",
        ),
        (
            {"activation": returning(activations.ReLU, lambda dy, z, y: dy.T, "gradient")},
            "Own: gradient returned an array of shape",
        ),
    ],
)
def test_a_part_of_your_own(engine, arguments, said):
    with pytest.raises(ValueError, match=said):
        fit_part(**arguments)


def fit_part(**arguments):
    """Train; a constraint that fails comes after its update, so the weights are not compared."""
    model = Sequential([layers.Input((6,)), layers.Dense(5, **arguments)], seed=0)
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)


def test_an_initializers_array_is_copied(engine):
    table = np.ones((6, 5), np.float32)
    fit(kernel_initializer=returning(initializers.Ones, lambda *_: table))
    assert (table == 1).all()


def test_a_regularizer_and_a_schedule_of_your_own(engine):
    kind = type("Own", (Regularizer,), {"__call__": lambda self, x: 0.0})
    kind.gradient = lambda self, x: x[:1]
    with pytest.raises(ValueError, match=r"Own: gradient .* \(6, 5\), that of the values"):
        fit(kernel_regularizer=kind())
    silent = returning(L2, lambda x: None)
    for option in ("kernel_regularizer", "activity_regularizer"):
        with pytest.raises(ValueError, match="Own: the call must return a number, the penalty"):
            fit_part(**{option: silent})
    rate = returning(LearningRateSchedule, lambda step: None)
    with pytest.raises(ValueError, match="the learning rate of SGD must be a number, got None"):
        float(SGD(rate).learning_rate)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda labels, outputs: None, "the function returned None"),
        (lambda labels, outputs: np.ones(7), r"of shape \(7,\), but values .* shape \(8,\)"),
        (lambda labels, outputs: "zebra", "values must be an array of real numbers"),
        (returning(metrics.Metric, lambda *_: None, "values"), "values returned None"),
        (returning(metrics.Metric, lambda *_: np.float64(1), "values"), r"shape \(8,\)"),
        (
            returning(metrics.MeanSquaredError, lambda *_: None, "outcome"),
            "outcome must return a number",
        ),
    ],
)
def test_a_metric_of_your_own(function, said):
    with pytest.raises(ValueError, match=said):
        fit(metric=[function])


def test_a_metric_function_gives_a_number_or_one_for_each_sample():
    history = fit(metric=[lambda labels, outputs: np.arange(8)])
    assert history["<lambda>"] == [3.5]
    assert fit(metric=[lambda labels, outputs: 2])["<lambda>"] == [2.0]


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (layers.MaxPooling2D(2), (2, 4, 4, 1)),
        (layers.AveragePooling2D(2), (2, 4, 4, 1)),
        (layers.GlobalAveragePooling2D(), (2, 4, 4, 1)),
        (layers.Conv2D(2, 2), (2, 4, 4, 1)),
        (layers.DepthwiseConv2D(2), (2, 4, 4, 1)),
        (layers.Dense(3), (2, 4)),
        (layers.Flatten(), (2, 4, 4, 1)),
        (layers.BatchNormalization(), (2, 4)),
        (layers.Activation("tanh"), (2, 4)),
        (layers.ReLU(), (2, 4)),
        (layers.Dropout(0.5), (2, 4)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_fast_engine_refuses_a_gradient_of_a_wrong_shape(layer, shape, fast):
    y = layer.forward(np.ones(shape, np.float32), training=True)
    with pytest.raises(ValueError, match="dy must have the shape"):
        layer.backward(np.ones((1, *y.shape[1:]), np.float32))


@pytest.fixture
def fast():
    """The fast engine, whatever the process uses."""
    pytest.importorskip("numba")
    from numcnn import use_engine

    with use_engine("fast"):
        yield


def test_a_model_refuses_a_gradient_of_a_wrong_shape(engine):
    model = Sequential([layers.Input((6,)), layers.Dense(5), layers.ReLU()])
    model.forward(X, training=True)
    with pytest.raises(ValueError, match=r"dy must have the shape \(None, 5\)"):
        model.backward(Y.T)
