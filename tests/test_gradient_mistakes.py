"""The gradient check names the mistakes that one makes, and only those that are there."""

import numpy as np
import pytest
from student_layers import AveragePooling, Conv, Dense, MaxPooling

import numcnn
from numcnn import layers
from numcnn.gradcheck import check_layer, check_loss, check_model
from numcnn.losses import CategoricalCrossentropy, MeanSquaredError

SHAPES = {Conv: (6, 6, 3), Dense: (5,), AveragePooling: (7, 7, 2), MaxPooling: (7, 7, 2)}
WITH_WEIGHTS = {Conv: ("kernel", "bias"), Dense: ("W", "b")}


def report_of(base, backward, shape=None, **options):
    """Check a right layer whose way back has been replaced."""
    wrong = type(f"Wrong{base.__name__}", (base,), {"backward": backward})()
    report = check_layer(wrong, shape or SHAPES[base], **options)
    assert not report
    return report


def found(report):
    """The kinds of the mistakes, by array."""
    return {finding.array: finding.kind for finding in report.findings}


def text_of(report):
    return " ".join(str(report).split())


def changed(base, change, *names):
    """A way back with some of its gradients changed afterwards; "x" is dx."""

    def backward(self, dy):
        dx = base.backward(self, dy)
        for name in names:
            if name != "x":
                parameter = getattr(self, name)
                parameter.grad = change(parameter.grad)
        return change(dx) if "x" in names else dx

    return backward


@pytest.mark.parametrize("base", SHAPES)
@pytest.mark.parametrize("size", [1, 2, 5])
def test_right_layers_get_no_diagnosis(base, size):
    report = check_layer(base(), SHAPES[base], batch_size=size)
    assert report and not report.findings, str(report)


NAMELESS = {
    "noise": lambda g: g + 0.1 * np.random.default_rng(0).standard_normal(g.shape),
    "some": lambda g: np.where(np.random.default_rng(1).random(g.shape) < 0.6, g + 0.3, g),
    "doubled in places": lambda g: np.where(np.arange(g.size).reshape(g.shape) % 3, g, 2 * g),
    "offset": lambda g: g + 1,
    "squared": lambda g: g * np.abs(g),
    "clipped": lambda g: np.clip(g, -0.3, 0.3),
    "shuffled": lambda g: np.random.default_rng(4).permutation(g.ravel()).reshape(g.shape),
    "constant": np.ones_like,
}
LARGE = [(Conv, "x"), (Conv, "kernel"), (Dense, "x"), (Dense, "W")]
LARGE += [(AveragePooling, "x"), (MaxPooling, "x")]


@pytest.mark.parametrize("size", [2, 3])  # 3 is also the side of the kernel
@pytest.mark.parametrize(("base", "name"), LARGE)
@pytest.mark.parametrize("change", NAMELESS.values(), ids=NAMELESS)
def test_mistakes_without_a_name_get_none(base, name, change, size):
    report = report_of(base, changed(base, change, name), batch_size=size)
    assert not report.findings, str(report)
    assert report.wrong.name == name


EVERYWHERE = [(base, name) for base in SHAPES for name in ("x", *WITH_WEIGHTS.get(base, ()))]


@pytest.mark.parametrize(("base", "name"), EVERYWHERE)
@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        (lambda g: -g, "sign", "Every number has the wrong sign."),
        (lambda g: g / 2, "factor", "Every number is 1/2 of what it should be."),
        (lambda g: g * 3, "factor", "Every number is 3 times what it should be."),
        (lambda g: g * 0, "zero", "It is 0 everywhere: backward never fills it."),
        (lambda g: np.where(g == g.flat[0], np.nan, g), "not_finite", "numbers are NaN."),
        (lambda g: g.astype(np.float16), "rounded", "It is float16, too coarse for this check"),
    ],
    ids=["negative", "half", "threefold", "zeros", "nan", "float16"],
)
def test_numbers_that_are_off(base, name, change, kind, words):
    report = report_of(base, changed(base, change, name))
    assert found(report) == {name: kind}
    assert words in text_of(report)


@pytest.mark.parametrize(("base", "name"), EVERYWHERE)
def test_a_division_by_the_batch_size_is_told_from_a_forgotten_2(base, name):
    def backward(self, dy):
        return changed(base, lambda g: g / len(dy), name)(self, dy)

    report = report_of(base, backward)
    assert found(report) == {name: "factor"}
    assert (
        "Every number is 1/2 of what it should be; with 3 samples instead of 2 it is 1/3. So it is "
        "divided by the batch size." in text_of(report)
    )


def test_a_mean_instead_of_a_sum():
    def backward(self, dy):
        dx = Conv.backward(self, dy)
        self.bias.grad = dy.mean(axis=(0, 1, 2))
        return dx

    text = text_of(report_of(Conv, backward))
    assert "1/32 of what it should be; with 3 samples instead of 2 it is 1/48." in text
    assert "divided by the batch size, and multiplied by 1/16. 16 is 4 x 4, the rows and" in text


def test_a_pooling_that_forgets_the_size_of_its_window():
    report = report_of(AveragePooling, changed(AveragePooling, lambda dx: 9 * dx, "x"), (7, 9, 2))
    assert "Every number is 9 times what it should be." in text_of(report)


def setting(self, dy):
    """Conv: `=` instead of `+=`."""
    dx = Conv.backward(self, dy)
    for oy, ox, window in self.windows(self.x):
        dx[:, oy : oy + 3, ox : ox + 3] = np.tensordot(dy[:, oy, ox], self.kernel.value, (1, 3))
        self.kernel.grad = np.tensordot(window, dy[:, oy, ox], (0, 0))
    return dx


def setting_by_cells(self, dy):
    """Conv: `=` instead of `+=`, in a loop over the window's cells."""
    dx = Conv.backward(self, dy)
    for i in range(3):
        for j in range(3):
            dx[:, i : i + dy.shape[1], j : j + dy.shape[2]] = dy @ self.kernel.value[i, j].T
    return dx


def setting_in_average(self, dy):
    dx = np.zeros_like(self.x)
    for oy, ox, window in self.windows(self.x.shape):
        dx[window] = dy[:, oy : oy + 1, ox : ox + 1] / 9
    return dx


def setting_in_maximum(self, dy):
    dx = np.zeros_like(self.x)
    for oy, ox, window in self.windows(self.x.shape):
        here = (slice(None), slice(oy, oy + 1), slice(ox, ox + 1))
        dx[window] = np.where(self.x[window] == self.y[here], dy[here], 0)
    return dx


@pytest.mark.parametrize(
    ("base", "backward", "which"),
    [
        (Conv, setting, "last"),
        (Conv, setting_by_cells, "first"),
        (AveragePooling, setting_in_average, "last"),
        (MaxPooling, setting_in_maximum, "last"),
    ],
)
def test_overlapping_windows_that_are_set_and_not_added(base, backward, which):
    report = report_of(base, backward)
    assert found(report)["x"] == "one_share"
    words = f"Where windows overlap, only the share of the {which} window is there: it is set with"
    assert words in text_of(report)
    array = report.arrays[0]
    assert 0 < array.wrong < array.checked  # pixels of one window are right
    assert f"{array.wrong} of {array.checked} numbers of x are wrong: [" in text_of(report)


def test_overlapping_windows_that_are_wrong_in_another_way():
    def backward(self, dy):
        dx, count = AveragePooling.backward(self, dy), np.zeros((7, 7, 1))
        for *_, window in self.windows(self.x.shape):
            count[window[1:]] += 1
        return dx / count

    report = report_of(AveragePooling, backward)
    assert found(report) == {"x": "overlaps"}
    assert "Exactly the pixels that several windows cover are wrong" in text_of(report)


@pytest.mark.parametrize(
    ("base", "name", "backward", "share"),
    [
        (Conv, "kernel", setting, "last row and column"),
        (Conv, "bias", lambda dy: dy[0].sum(axis=(0, 1)), "first sample"),
        (Conv, "bias", lambda dy: dy[:, -1].sum(axis=(0, 1)), "last row"),
        (Dense, "b", lambda dy: dy[0], "first sample"),
        (Dense, "b", lambda dy: dy[-1], "last sample"),
    ],
)
def test_a_sum_of_which_one_share_is_left(base, name, backward, share):
    if backward is not setting:
        value = backward

        def backward(self, dy):
            dx = base.backward(self, dy)
            getattr(self, name).grad = value(dy)
            return dx

    report = report_of(base, backward, batch_size=3)
    assert found(report)[name] == "one_share"
    assert f"It is the share of the {share} of y only, not the sum over all" in text_of(report)


@pytest.mark.parametrize("axis", [1, 2])
@pytest.mark.parametrize(("end", "words"), [(-1, "ends one too early"), (0, "begins one too late")])
@pytest.mark.parametrize("base", [Conv, AveragePooling])
def test_a_loop_that_is_one_too_short(base, axis, end, words):
    def backward(self, dy):
        shorter = np.moveaxis(dy.copy(), axis, 0)
        shorter[end] = 0
        return base.backward(self, np.moveaxis(shorter, 0, axis))

    report = report_of(base, backward)
    assert set(found(report).values()) == {"end_forgotten"}
    which = f"{'last' if end else 'first'} {'row' if axis == 1 else 'column'}"
    assert f"The share of the {which} of y is missing, as if a loop {words}." in text_of(report)


@pytest.mark.parametrize(
    ("base", "name", "words"),
    [
        (Conv, "kernel", "window row and window column (axes 0 and 1) are swapped"),
        (Conv, "x", "row and column (axes 1 and 2) are swapped"),
        (AveragePooling, "x", "row and column (axes 1 and 2) are swapped"),
        (MaxPooling, "x", "row and column (axes 1 and 2) are swapped"),
        (Dense, "W", "axes 0 and 1 are swapped"),
    ],
)
def test_swapped_axes(base, name, words):
    axes = (1, 2) if name == "x" else (0, 1)
    shape = (4,) if base is Dense else SHAPES[base]
    report = report_of(base, changed(base, lambda g: g.swapaxes(*axes), name), shape)
    assert found(report) == {name: "transposed"}
    assert f"It is transposed: {words}." in text_of(report)


def test_a_kernel_that_is_turned_around():
    report = report_of(Conv, changed(Conv, lambda g: g[::-1, ::-1], "kernel"))
    assert found(report) == {"kernel": "mirrored"}
    assert "the order along window row and window column (axes 0 and 1)" in text_of(report)


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (lambda k: k[::-1, ::-1], "reversed along window row and window column (axes 0 and 1)"),
        (lambda k: k.swapaxes(0, 1), "with window row and window column (axes 0 and 1) swapped"),
    ],
)
def test_a_way_back_with_the_kernel_in_another_order(order, words):
    def backward(self, dy):
        kernel = self.kernel.value
        self.kernel.value = order(kernel)
        dx = Conv.backward(self, dy)
        self.kernel.value = kernel
        return dx

    report = report_of(Conv, backward)
    assert found(report) == {"x": "other_order"}
    assert f"It would be right for another kernel: one {words}." in text_of(report)


def test_a_square_dense_layer_that_forgets_to_transpose():
    def backward(self, dy):
        Dense.backward(self, dy)
        return dy @ self.W.value

    report = report_of(Dense, backward, (4,))
    assert found(report) == {"x": "other_order"}
    assert "another W: one with axes 0 and 1 swapped." in text_of(report)


@pytest.mark.parametrize("base", [Conv, AveragePooling, MaxPooling])
def test_a_shift_by_one_pixel(base):
    def backward(self, dy):
        dx = base.backward(self, dy)
        moved = np.zeros_like(dx)
        moved[:, 1:, :-1] = dx[:, :-1, 1:]
        return moved

    report = report_of(base, backward)
    assert found(report) == {"x": "shifted"}
    words = "each number stands 1 row after and 1 column before its place"
    assert words in text_of(report)


@pytest.mark.parametrize(
    ("base", "name", "change", "words"),
    [
        (Dense, "W", lambda g: g.T, "W has shape (5, 4), but its gradient has shape (4, 5). With"),
        (Dense, "W", lambda g: g.T, "its axes in the order (1, 0), it is right."),
        (Dense, "x", lambda g: g.sum(axis=0), "has shape (5,): sample (axis 0) is missing."),
        (Dense, "b", lambda g: g[None], "Without its axes of length 1, it is right."),
        (Dense, "b", lambda g: np.array([g, 0 * g]), "Summed over axis 0 as well, it is right."),
        (Conv, "bias", lambda g: np.array([g / 3] * 3), "Summed over axis 0 as well, it is right."),
        (Conv, "kernel", lambda g: g.reshape(27, 2), "Reshaped, .reshape(3, 3, 3, 2), it is"),
        (
            Conv,
            "x",
            lambda g: np.pad(g, ((0, 0), (1, 1), (1, 0), (0, 0))),
            "Without the padding (1 before and 1 after along row, 1 before and 0 after along "
            "column), it is right.",
        ),
        (MaxPooling, "x", lambda g: g[:, :-1], "(2, 6, 7, 2): row (axis 1) is 6, not 7."),
    ],
)
def test_a_gradient_of_another_shape(base, name, change, words):
    report = report_of(base, changed(base, change, name))
    assert found(report) == {name: "shape"}
    assert words in text_of(report)


@pytest.mark.parametrize("base", SHAPES)
def test_nothing_returned(base):
    def backward(self, dy):
        base.backward(self, dy)

    report = report_of(base, backward)
    assert found(report) == {"x": "none"}
    assert "WRONG: backward returned None: it has to end with `return dx`." in text_of(report)


@pytest.mark.parametrize(("base", "name"), [(Conv, "bias"), (Dense, "W")])
def test_a_gradient_that_is_never_set(base, name):
    report = report_of(base, changed(base, lambda g: None, name))
    assert found(report) == {name: "none"}
    assert f"backward leaves the gradient of {name} unset: set self.{name}.grad." in str(report)


def test_an_argument_returned_as_it_came():
    report = report_of(layers.ReLU, lambda self, dy: dy, (30,))
    assert found(report) == {"x": "unchanged"}
    assert "It is dy itself: backward returns its argument without a change." in text_of(report)


class TestManners:
    """What goes wrong outside of the numbers."""

    @pytest.mark.parametrize("base", SHAPES)
    def test_dy_written_in_place(self, base):
        def backward(self, dy):
            dx = base.backward(self, dy)
            dy *= 2
            return dx

        report = report_of(base, backward)
        assert [finding.kind for finding in report.findings] == ["in_place"]
        assert "backward writes into its argument dy, which belongs to the" in text_of(report)

    def test_x_written_in_place(self):
        class Wrong(layers.Layer):
            def forward(self, x, training=False):
                x[x < 0] = 0
                self.x = x
                return x

            def backward(self, dy):
                return dy * (self.x > 0)

        report = check_layer(Wrong(), (30,))
        assert not report and [finding.kind for finding in report.findings] == ["in_place"]
        assert "forward writes into its argument x" in text_of(report)

    def test_weights_changed_on_the_way_back(self):
        def backward(self, dy):
            dx = Dense.backward(self, dy)
            self.W.value -= 0.1 * self.W.grad
            return dx

        assert "backward changes W; it has to set" in text_of(report_of(Dense, backward))

    @pytest.mark.parametrize("base", WITH_WEIGHTS)
    def test_gradients_added_to_those_before(self, base):
        name = WITH_WEIGHTS[base][0]

        class Wrong(base):
            def build(self, input_shape):
                super().build(input_shape)
                getattr(self, name).grad = np.zeros_like(getattr(self, name).value)

            def backward(self, dy):
                before = getattr(self, name).grad
                dx = super().backward(dy)
                getattr(self, name).grad = before + getattr(self, name).grad
                return dx

        report = check_layer(Wrong(), SHAPES[base])
        assert [finding.kind for finding in report.findings] == ["added"]
        assert report.wrong is None
        assert f"give another gradient of {name}, twice as large: it is added to" in text_of(report)

    def test_gradients_added_to_none(self):
        def backward(self, dy):
            self.b.grad += dy.sum(axis=0)
            self.W.grad = self.x.T @ dy
            return dy @ self.W.value.T

        report = report_of(Dense, backward)
        assert [finding.kind for finding in report.findings] == ["added"]
        assert "a parameter's gradient is None before the first backward" in text_of(report)

    def test_another_type_error_is_the_layers_own(self):
        def backward(self, dy):
            return dy + "1"

        with pytest.raises(TypeError):
            report_of(Dense, backward)

    def test_chance_of_its_own(self):
        class Wrong(layers.Layer):
            def forward(self, x, training=False):
                self.keep = np.random.default_rng().random(x.shape) < 0.5
                return self.keep * x

            def backward(self, dy):
                return self.keep * dy

        report = check_layer(Wrong(), (30,))
        assert not report and "forward is not deterministic" in text_of(report)
        Wrong.forward = lambda self, x, training=False: x * self.chance(x)
        Wrong.chance = lambda self, x: setattr(self, "keep", self.rng.random(x.shape)) or self.keep
        assert check_layer(Wrong(), (30,))

    @pytest.mark.parametrize(
        ("y", "words"),
        [
            (lambda x: None, "forward returned None: it has to end with `return y`."),
            (lambda x: x.astype(np.float32), "forward returned float32 for x in float64"),
            (lambda x: x[0], "the first axis has to stay the batch, 2."),
        ],
    )
    def test_an_output_that_cannot_be_measured(self, y, words):
        class Wrong(layers.Flatten):
            def forward(self, x, training=False):
                return y(x)

        wrong = Wrong(input_shape=(3,))
        wrong.compute_output_shape = lambda shape: shape
        report = check_layer(wrong, (3,))
        assert not report and words in text_of(report)

    @pytest.mark.parametrize("method", ["forward", "backward"])
    def test_a_method_that_is_not_written_yet(self, method):
        class Empty(layers.Layer):
            pass

        if method == "backward":
            Empty.forward = lambda self, x, training=False: x
        report = check_layer(Empty(), (3,))
        assert [finding.kind for finding in report.findings] == ["missing"]
        assert f"WRONG: Empty: {method} is not written yet" in str(report)

        def to_do(self, *arguments, **options):
            raise NotImplementedError("your turn")

        setattr(Empty, method, to_do)
        assert f"{method} is not written yet: your turn" in str(check_layer(Empty(), (3,)))


def test_a_loss_gets_the_same_words():
    class AveragedError(MeanSquaredError):
        def backward(self, dlosses, cache):
            return super().backward(dlosses, cache) / len(dlosses)

    rng = np.random.default_rng(0)
    targets, outputs = rng.random((4, 3)), rng.random((4, 3))
    assert check_loss("mse", targets, outputs)
    report = check_loss(AveragedError(), targets, outputs)
    assert not report
    assert "1/4 of what it should be; with 5 samples instead of 4 it is 1/5." in text_of(report)

    class Silent(CategoricalCrossentropy):
        def backward(self, dlosses, cache):
            super().backward(dlosses, cache)

    report = check_loss(Silent(), np.eye(3), np.full((3, 3), 1 / 3))
    assert "backward returned None: it has to end with `return dy_pred`." in text_of(report)


@pytest.mark.large
@pytest.mark.parametrize("pool", [False, True])
def test_a_model_names_the_layer_where_the_way_back_goes_wrong(engine, pool):
    class Wrong(layers.Dense):
        def linear_backward(self, dz):
            return 2 * np.asarray(super().linear_backward(dz))

    class WrongPooling(layers.MaxPooling2D):
        def backward(self, dy):
            return 2 * np.asarray(super().backward(dy))

    model = numcnn.Sequential(
        [
            layers.Conv2D(2, 3, input_shape=(8, 8, 1)),
            WrongPooling(name="max_pooling2d") if pool else layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(4, name="first"),
            layers.Dense(3, name="wrong") if pool else Wrong(3, name="wrong"),
            layers.Dense(3, activation="softmax", name="last"),
        ],
        seed=0,
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    x = np.random.default_rng(0).random((3, 8, 8, 1))
    report = check_model(model, x, [0, 1, 2])
    assert not report
    wrong = {array.name for array in report.arrays if array.wrong}
    assert "last.kernel" not in wrong and "conv2d.kernel" in wrong
    culprit = "max_pooling2d" if pool else "wrong"
    text = text_of(report)
    assert f"on the way back, {culprit} is wrong first, and spoils the gradients" in text
    assert "Of its gradient of x: Every number is 2 times what it should be." in text


@pytest.mark.parametrize(
    ("places", "words"),
    [
        (np.s_[0], "exactly those of sample 0: [0, 0, 0, 0]"),
        (np.s_[:, :, :, 1], "exactly those of channel 1: [0, 0, 0, 1]"),
        (np.s_[:, 0], "exactly those of row 0"),
        (np.s_[:, -2:], "exactly those of the last 2 rows"),
        (np.s_[:, :, :3], "exactly those of the first 3 columns"),
        (np.s_[:, 1:-1, 1:-1], "wrong: [0, 1, 1, 0], [0, 1, 1, 1], [0, 1, 1, 2], ..."),
    ],
)
def test_the_place_of_wrong_numbers(places, words):
    def change(dx):
        dx[places] += 1
        return dx

    assert words in text_of(report_of(Conv, changed(Conv, change, "x")))


def test_wrong_numbers_at_the_edge_of_an_image():
    def change(dx):
        dx[:, 0] += 1
        dx[:, 1:, -2:] += 1
        return dx

    text = text_of(report_of(Conv, changed(Conv, change, "x")))
    assert "exactly those of the first row and the last 2 columns: [0, 0, 0, 0]" in text
