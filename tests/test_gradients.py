"""Every gradient is right, and a wrong one is caught."""

import numpy as np
import pytest

import numcnn
from numcnn import layers
from numcnn.activations import ReLU
from numcnn.gradcheck import check_layer, check_loss, check_model
from numcnn.gradcheck.__main__ import main
from numcnn.gradcheck.everything import all_of_numcnn
from numcnn.losses import CategoricalCrossentropy, Loss


@pytest.mark.large
def test_every_layer_and_loss_over_strides_paddings_and_windows(engine):
    reports = list(all_of_numcnn())
    assert len(reports) > 80
    for name, report in reports:
        assert report, f"{name}\n{report}"
        assert not report.findings
    linear = [report for _, report in reports if report.tolerance == 1e-10]
    assert len(linear) > 50


@pytest.mark.large
def test_the_table_of_all_checks_says_that_they_are_right(capsys):
    assert main() == 0
    assert capsys.readouterr().out.endswith("all gradients are right\n")


@pytest.fixture
def model():
    return numcnn.Sequential(
        [
            layers.Conv2D(3, 3, activation="relu", padding="same", input_shape=(6, 6, 1)),
            layers.MaxPooling2D(2),
            layers.Conv2D(2, 2, activation="tanh"),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(4, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ],
        seed=1,
    )


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_a_whole_model_back_to_the_pixels(engine, model, loss):
    rng = np.random.default_rng(0)
    x, y = rng.random((4, 6, 6, 1)), rng.integers(0, 3, 4)
    model.compile("adam", loss)
    before = model.get_weights()
    report = check_model(model, x, y if loss.startswith("sparse") else np.eye(3)[y])
    assert report, str(report)
    assert [array.name for array in report.arrays][:3] == ["x", "conv2d.kernel", "conv2d.bias"]
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
        assert new.dtype == np.float32


class WrongBias(layers.Dense):
    """Forgets the sum over the batch."""

    def linear_backward(self, dz):
        dx = super().linear_backward(dz)
        self.bias.grad = dz[0]
        return dx


class FlippedKernel(layers.Conv2D):
    """Confuses the rows and columns of the window."""

    def linear_backward(self, dz):
        dx = super().linear_backward(dz)
        self.kernel.grad = self.kernel.grad.transpose(1, 0, 2, 3)
        return dx


class LeakyGradient(ReLU):
    """Lets a little gradient through where there should be none."""

    def gradient(self, dy, z, y):
        return np.where(y > 0, dy, 1e-3 * dy)


@pytest.mark.parametrize(
    ("layer", "shape", "array"),
    [
        (WrongBias(3), (4,), "bias"),
        (FlippedKernel(2, 3), (5, 5, 1), "kernel"),
        (layers.Activation(LeakyGradient()), (30,), "x"),
    ],
)
def test_a_wrong_gradient_is_caught_and_named_with_both_values(layer, shape, array):
    report = check_layer(layer, shape)
    assert not report
    assert report.wrong.name == array
    text = " ".join(str(report).split())
    index = ", ".join(map(str, report.wrong.index))
    assert f"WRONG: the gradient of {array}[{index}] is" in text
    assert f"{report.wrong.by_backward:.10g} by backward" in text
    assert f"{report.wrong.measured:.10g} as measured" in text


def test_a_gradient_that_is_nan_is_wrong():
    class Nan(layers.Activation):
        def backward(self, dy):
            return np.full_like(super().backward(dy), np.nan)

    assert not check_layer(Nan("tanh"), (3,))


def test_a_kink_is_told_from_a_wrong_gradient():
    x = np.array([[0.0, 3e-5, -8e-5, 1.0, -1.0, 2.0]])  # within a step of 1e-4, but the last three
    report = check_layer(layers.ReLU(), (6,), x=x)
    (array,) = report.arrays
    assert report, str(report)
    assert array.kinks >= 2
    wrong = check_layer(layers.Activation(LeakyGradient()), (6,), x=x)
    assert not wrong and wrong.wrong.index == (0, 4)


def test_ties_and_near_ties_of_a_max_pooling_are_kinks():
    x = np.array([[1.0, 1.0], [3.0, 4.0], [2.0, 2.00002], [0.0, 1.0]]).reshape(1, 4, 2, 1)
    report = check_layer(layers.MaxPooling2D((1, 2)), (4, 2, 1), x=x)
    assert report, str(report)
    assert report.arrays[0].kinks == 4


@pytest.mark.parametrize("size", [1.0, 1e-6])
def test_a_gradient_of_zero_up_to_rounding_is_right_and_any_other_is_not(engine, size):
    """BatchNormalization takes the mean away, and the bias before it with it."""
    model = numcnn.Sequential(
        [
            layers.Conv2D(4, 3, input_shape=(8, 8, 2)),
            layers.BatchNormalization(),
            layers.GlobalMaxPooling2D(),
            layers.Dense(3),
        ],
        seed=0,
    )
    model.compile("sgd", "mse")
    rng = np.random.default_rng(0)
    x, y = rng.random((6, 8, 8, 2)), size * rng.random((6, 3))
    model.layers[-1].kernel.value *= size
    report = check_model(model, x, y, at_most=10)
    assert report
    assert "conv2d.bias" in [array.name for array in report.arrays]

    class Wrong(layers.Conv2D):
        def linear_backward(self, dz):
            dx = super().linear_backward(dz)
            self.bias.grad = self.bias.grad + 1e-3 * self.kernel.grad.sum()
            return dx

    model.layers[0].__class__ = Wrong
    assert not check_model(model, x, y, at_most=10)


def test_nothing_but_kinks_is_no_proof():
    report = check_layer(layers.ReLU(), (3,), x=np.zeros((1, 3)))
    assert not report
    assert "all of x lies at kinks" in str(report)


def test_the_layer_itself_stays_as_it_is():
    layer = layers.Dense(3)
    layer.build_for((None, 4))
    before = layer.get_weights()
    assert check_layer(layer, (4,))
    np.testing.assert_array_equal(before[0], layer.get_weights()[0])
    assert layer.kernel.grad is None


def test_a_large_array_is_checked_at_random_places():
    report = check_layer(layers.Dense(30), (40,), at_most=25)
    assert [array.checked for array in report.arrays] == [25, 25, 25]
    assert report


def test_a_layer_is_checked_as_in_prediction_too():
    assert check_layer(layers.Dense(3, activation="tanh"), (4,), training=False)


def test_a_wrong_loss_is_caught():
    class Halved(CategoricalCrossentropy):
        def backward(self, dlosses, cache):
            return super().backward(dlosses, cache) / 2

    targets, logits = np.eye(3), np.random.default_rng(0).standard_normal((3, 3))
    assert check_loss(CategoricalCrossentropy(from_logits=True), targets, logits)
    report = check_loss(Halved(from_logits=True), targets, logits)
    assert not report
    assert report.wrong.name == "y_pred"


def test_the_clipped_loss_has_no_gradient_where_it_is_most_wrong(engine):
    """The reason why a final softmax and the loss are computed as one."""
    logits, target = np.array([[0.0, 20.0, 0.0]]), np.array([[1.0, 0.0, 0.0]])
    probs = np.exp(logits) / np.exp(logits).sum()
    clipped: Loss = CategoricalCrossentropy()
    losses, cache = clipped.forward(target, probs)
    assert losses == pytest.approx(16.118, abs=1e-3)
    assert (clipped.backward(np.ones(1), cache) * probs)[0, 0] == pytest.approx(0, abs=1e-12)
    fused = clipped.on_logits()
    losses, cache = fused.forward(target, logits)
    assert losses == pytest.approx(20)
    np.testing.assert_allclose(fused.backward(np.ones(1), cache), [[-1, 1, 2e-9]], atol=1e-9)
