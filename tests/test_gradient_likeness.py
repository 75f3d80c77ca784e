"""`check_layer(..., like=...)` sees the mistakes that forward and backward make together."""

import numpy as np
import pytest
from student_layers import AveragePooling, Conv, Dense, MaxPooling

from numcnn import layers
from numcnn.gradcheck import check_layer

CASES = {
    Conv: ((6, 6, 3), layers.Conv2D(2, 3)),
    Dense: ((5,), layers.Dense(4)),
    AveragePooling: ((7, 7, 2), layers.AveragePooling2D(3, 2)),
    MaxPooling: ((7, 7, 2), layers.MaxPooling2D(3, 2)),
}


def text_of(report):
    return " ".join(str(report).split())


def beside_ours(layer, **options):
    shape, ours = CASES[type(layer) if type(layer) in CASES else type(layer).__mro__[1]]
    return check_layer(layer, shape, **({"like": ours} | options))


@pytest.mark.parametrize("base", CASES)
@pytest.mark.parametrize("training", [True, False])
def test_right_layers_are_those_of_numcnn(engine, base, training):
    report = beside_ours(base(), training=training)
    assert report and not report.findings, str(report)
    assert "output and gradients are those of" in str(report)


def test_weights_are_matched_by_name_or_by_shape():
    assert "those of Conv2D on the same weights: kernel, bias" in text_of(beside_ours(Conv()))
    assert "those of Dense on the same weights: W for kernel, b for bias" in str(
        beside_ours(Dense())
    )


@pytest.mark.parametrize(
    ("like", "words"),
    [
        (layers.Conv2D(2, 3, use_bias=False), "bias (2,) has no counterpart"),
        (layers.Conv2D(4, 3), "kernel (3, 3, 3, 4), bias (4,), kernel (3, 3, 3, 2), bias (2,) has"),
    ],
)
def test_weights_without_a_match_are_named(like, words):
    report = beside_ours(Conv(), like=like)
    assert not report
    assert f"it can't be compared with Conv2D: {words}" in text_of(report)


def test_an_output_of_another_shape():
    report = beside_ours(Conv(), like=layers.Conv2D(2, 3, padding="same"))
    assert not report
    words = "the output has shape (2, 4, 4, 2), but that of Conv2D has shape (2, 6, 6, 2)."
    assert words in text_of(report)


def with_kernel(order):
    """A convolution with another kernel on both ways, so that its gradients are right."""

    class Wrong(Conv):
        def forward(self, x, training=False):
            kernel, self.kernel.value = self.kernel.value, order(self.kernel.value)
            y = super().forward(x)
            self.kernel.value = kernel
            return y

        def backward(self, dy):
            kernel, self.kernel.value = self.kernel.value, order(self.kernel.value)
            dx = super().backward(dy)
            self.kernel.value, self.kernel.grad = kernel, order(self.kernel.grad)
            return dx

    return Wrong()


def without(*index):
    def order(kernel):
        changed = kernel.copy()
        changed[index] = 0
        return changed

    return order


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (without(2, 2), "the output lacks x[n, oy + 2, ox + 2, :] * kernel[2, 2]."),
        (without(0, 1), "the output lacks x[n, oy, ox + 1, :] * kernel[0, 1]."),
        (without(2), "the output lacks kernel[2]."),
        (without(slice(None), 0), "the output lacks kernel[:, 0]."),
        (without(slice(None), slice(None), 1), "the output lacks kernel[:, :, 1]."),
        (lambda k: k[::-1, ::-1], "another kernel, one reversed along window row and window colu"),
        (lambda k: k.swapaxes(0, 1), "another kernel, one with window row and window column (axes"),
        (lambda k: 2 * k, "the output is not that of Conv2D."),
    ],
)
def test_a_convolution_that_is_wrong_on_both_ways(engine, order, words):
    layer = with_kernel(order)
    assert check_layer(layer, (6, 6, 3)), "a gradient check alone can't see it"
    report = beside_ours(layer)
    assert not report
    assert words in text_of(report)


def test_the_gradients_that_a_forgotten_tap_spoils_are_counted():
    text = text_of(beside_ours(with_kernel(without(2, 2))))
    assert (
        "the gradient of kernel is not that of Conv2D. 6 of 54 numbers of kernel differ: "
        "[2, 2, 0, 0], [2, 2, 0, 1], [2, 2, 1, 0], ...; kernel[2, 2, 0, 0] is 0, but" in text
    )
    assert "the gradient of x is not that of Conv2D. 96 of 216 numbers of x differ:" in text


def test_a_right_output_with_wrong_gradients():
    class Wrong(Conv):
        def backward(self, dy):
            dx = super().backward(dy) + 1
            self.kernel.grad = None
            return dx

    report = beside_ours(Wrong())
    assert "the output is that of Conv2D on the same weights: kernel, bias" in str(report)
    assert [finding.kind for finding in report.findings] == ["none"]
    assert report.wrong.name == "x"


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_a_forgotten_tap_under_strides_and_padding(padding):
    class Forgetful(layers.Conv2D):
        def linear(self, x, training=False):
            kernel, self.kernel.value = self.kernel.value, without(0, 2)(self.kernel.value)
            z = super().linear(x, training)
            self.kernel.value = kernel
            return z

        def linear_backward(self, dz):
            dx = super().linear_backward(dz)
            self.kernel.grad = without(0, 2)(self.kernel.grad)
            return dx

    options = {"kernel_size": 3, "strides": 2, "padding": padding}
    report = check_layer(Forgetful(2, **options), (7, 7, 1), like=layers.Conv2D(2, **options))
    assert not report and report.wrong is None
    where = "2*oy - 1, 2*ox + 1" if padding == "same" else "2*oy, 2*ox + 2"
    assert f"the output lacks x[n, {where}, :] * kernel[0, 2]." in text_of(report)


class DropsAPixel(Dense):
    """Leaves out x[:, 3] on both ways."""

    def forward(self, x, training=False):
        self.keep = np.arange(x.shape[1]) != 3
        return super().forward(x * self.keep)

    def backward(self, dy):
        return super().backward(dy) * self.keep


class NoBias(Dense):
    """Forgets its bias on both ways."""

    def forward(self, x, training=False):
        return super().forward(x) - self.b.value

    def backward(self, dy):
        dx = super().backward(dy)
        self.b.grad = np.zeros_like(self.b.value)
        return dx


class Doubled(Dense):
    """Twice too much on both ways."""

    def forward(self, x, training=False):
        return 2 * super().forward(x)

    def backward(self, dy):
        return super().backward(2 * dy)


class ShortMaximum(MaxPooling):
    """Never looks at the last cell of its window."""

    def forward(self, x, training=False):
        super().forward(x)
        for oy, ox, window in self.windows(x.shape):
            self.y[:, oy, ox] = x[window].reshape(len(x), 9, -1)[:, :8].max(axis=1)
        return self.y


class ShortMean(AveragePooling):
    """Never adds the last cell of its window."""

    def forward(self, x, training=False):
        y = super().forward(x)
        for oy, ox, window in self.windows(x.shape):
            y[:, oy, ox] -= x[window][:, 2, 2] / 9
        return y

    def backward(self, dy):
        dx = super().backward(dy)
        for oy, ox, window in self.windows(self.x.shape):
            dx[window][:, 2, 2] -= dy[:, oy, ox] / 9
        return dx


LAST = "the output lacks x[n, 2*oy + 2, 2*ox + 2, c], the window's [2, 2]."


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (DropsAPixel, "the output lacks x[..., 3] * kernel[3]."),
        (NoBias, "the output lacks the bias."),
        (Doubled, "the output is 2 times what it should be."),
        (ShortMaximum, LAST),
        (ShortMean, LAST),
    ],
)
def test_other_layers_that_are_wrong_on_both_ways(kind, words):
    shape, _ = CASES[kind.__mro__[1]]
    assert check_layer(kind(), shape), "a gradient check alone can't see it"
    report = beside_ours(kind())
    assert not report
    assert words in text_of(report)


@pytest.mark.parametrize("base", [Conv, Dense])
def test_a_forgotten_activation(base):
    shape, ours = CASES[base]
    like = type(ours)(**ours.get_config() | {"activation": "relu"})
    report = check_layer(base(), shape, like=like)
    assert not report and "the output lacks the activation, relu." in text_of(report)


def test_gradients_may_differ_where_pixels_are_equal():
    """All of two equal pixels' gradient, or half of it each: both are right at a kink."""

    class Half(MaxPooling):
        def backward(self, dy):
            dx = np.zeros_like(self.x)
            for oy, ox, window in self.windows(self.x.shape):
                best = self.x[window] == self.y[:, oy : oy + 1, ox : ox + 1]
                share = best / best.sum(axis=(1, 2), keepdims=True)
                dx[window] += share * dy[:, oy : oy + 1, ox : ox + 1]
            return dx

    x = np.random.default_rng(0).random((1, 7, 7, 2))
    x[0, 0, :2] = 2
    report = check_layer(Half(), (7, 7, 2), x=x, like=layers.MaxPooling2D(3, 2))
    assert report, str(report)


def test_the_same_chance():
    class Halving(layers.Layer):
        def forward(self, x, training=False):
            self.keep = self.rng.random(x.shape, np.float32) >= 0.5
            return 2 * x * self.keep

        def backward(self, dy):
            return 2 * dy * self.keep

    report = check_layer(Halving(), (30,), like=Halving())
    assert report and "output and gradients are those of Halving" in str(report)


def test_like_must_be_a_layer():
    with pytest.raises(TypeError, match=r"like must be a layer, got the class Conv2D: make one"):
        check_layer(Conv(), (6, 6, 3), like=layers.Conv2D)
    with pytest.raises(TypeError, match=r"layer must be a Layer, got 'Conv' \(str\)"):
        check_layer("Conv", (6, 6, 3))
