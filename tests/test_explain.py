"""Every number of a network is accounted for, in decimals that can be checked by hand."""

import copy
from decimal import Decimal

import numpy as np
import pytest

from numcnn import Sequential, layers
from numcnn.explain import Trace
from numcnn.explain.arithmetic import PRECISION, agreeing, plain, shortest
from numcnn.explain.wiring import WIRINGS, wiring
from numcnn.network import Network


@pytest.fixture
def rng():
    """Random numbers that do not depend on the tests that ran before."""
    return np.random.default_rng(5)


def network(*row, dtype="float32"):
    """A network whose parameters are all random, biases too."""
    rng = np.random.default_rng(6)
    model = Network(copy.deepcopy(row), seed=1, dtype=dtype)
    for parameter in model.parameters:
        drawn = rng.normal(0.1, 0.5, parameter.value.shape)
        parameter.value[...] = np.abs(drawn) + 0.1 if "variance" in parameter.name else drawn
    return model


image = {"input_shape": (7, 6, 3)}
NETWORKS = {
    "conv": [layers.Conv2D(5, 3, activation="relu", **image)],
    "conv, same, strides": [layers.Conv2D(5, (3, 2), (2, 3), "same", activation="tanh", **image)],
    "conv, no bias": [layers.Conv2D(4, 2, use_bias=False, **image)],
    "conv, softmax": [layers.Conv2D(4, 2, activation="softmax", **image)],
    "max pooling": [layers.MaxPooling2D(2, **image)],
    "max pooling, same": [layers.MaxPooling2D(3, 2, "same", **image)],
    "average pooling": [layers.AveragePooling2D((2, 3), **image)],
    "average pooling, same": [layers.AveragePooling2D(3, 2, "same", **image)],
    "flatten": [layers.Flatten(**image)],
    "dense": [layers.Dense(30, activation="sigmoid", input_shape=(40,))],
    "dense, softmax": [layers.Dense(10, activation="softmax", input_shape=(90,))],
    "dense on images": [layers.Dense(4, **image)],
    "dropout": [layers.Dropout(0.5, **image)],
    "relu": [layers.ReLU(**image)],
    "softmax": [layers.Softmax(input_shape=(12,))],
    "elu": [layers.ELU(**image)],
    "leaky relu": [layers.LeakyReLU(**image)],
    "bounded relu": [layers.ReLU(max_value=0.5, **image)],
    "reshape": [layers.Reshape((6, 7, 3), **image)],
    "zero padding": [layers.ZeroPadding2D(((1, 2), (0, 3)), **image)],
    "global average": [layers.GlobalAveragePooling2D(**image)],
    "global maximum": [layers.GlobalMaxPooling2D(keepdims=True, **image)],
    "rescaling": [layers.Rescaling([0.5, 2, 1 / 255], [0.1, 0.2, -1], **image)],
    "scaling": [layers.Rescaling(1 / 255, **image)],
    "batch normalization": [layers.BatchNormalization(**image)],
    "bare normalization": [layers.BatchNormalization(scale=False, center=False, **image)],
    "gelu": [layers.Activation("gelu", **image)],
}


def test_every_layer_type_is_asked_here():
    asked = {type(layer) for row in NETWORKS.values() for layer in row}
    in_a_row = [known for known in WIRINGS if not known.reads_several]  # others: test_graph.py
    assert all(any(issubclass(kind, known) for kind in asked) for known in in_a_row)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_thousand_numbers_of_every_layer_are_what_their_accounts_say(engine, name, rng):
    model = network(*NETWORKS[name])
    shape = model.input_shape[1:]
    precise = []
    while len(precise) < 1000:
        trace = Trace(model, rng.normal(0, 1, shape).round(3))
        y = trace.outputs[1]
        for place in rng.integers(y.size, size=min(100, y.size)):
            answer = trace.why_place(1, int(place))
            precise.append(check_account(answer.account, y.flat[place]))
    assert np.mean(precise) > 0.9


def rounded_like(number, shown):
    """The number with as many decimals as are shown."""
    exact = number if isinstance(number, Decimal) else Decimal(float(number))
    return exact.quantize(Decimal(1).scaleb(Decimal(shown).as_tuple().exponent))


def check_account(account, number):
    """The displayed sum is the tensor's number to the last digit; every line follows by hand."""
    assert account.agrees
    assert Decimal(account.shown) == rounded_like(number, account.shown)
    size = max([abs(term.product) for term in account.terms] + [abs(Decimal(float(number)))])
    last_digit = Decimal(1).scaleb(Decimal(account.shown).as_tuple().exponent)
    whole = account.shown == plain(shortest(number))
    assert whole or last_digit <= size * Decimal("1.1e-4")  # two halves in a row can be in the way,

    total = Decimal(0)
    for term in account.terms:
        total += Decimal(plain(term.product))
        assert Decimal(plain(term.total)) == total
        if term.weight is not None:
            unit = Decimal(1).scaleb(term.product.as_tuple().exponent)
            by_hand = Decimal(plain(term.value)) * Decimal(plain(term.weight))
            assert abs(by_hand - term.product) <= unit / 2
    here = account.lines[0].result
    if account.rule in ("sum", "weighted sum"):
        assert Decimal(here) == total
    if account.rule == "max":
        values = [term.value for term in account.terms]
        assert values.index(max(values)) == account.winner
        assert Decimal(here) == max(values)
    for line in account.lines[1:]:
        if line.label[0] == "+":
            by_hand = Decimal(here) + Decimal(line.operand)
            assert abs(by_hand - Decimal(line.result)) <= abs(by_hand) * Decimal("1e-11")
        elif line.label == "the value in the network (float32)":
            assert Decimal(line.result) == rounded_like(Decimal(here), line.result)
        here = line.result
    if account.exponentials:
        probabilities = [p for _, _, p in account.exponentials]
        last_digits = sum(Decimal(1).scaleb(p.as_tuple().exponent) for p in probabilities)
        assert abs(sum(probabilities) - 1) <= last_digits < Decimal("1e-2")
        assert max(e for _, e, _ in account.exponentials) == 1
    return whole or last_digit <= size * Decimal("1.1e-5")  # but mostly none is


def test_the_accounts_can_tell_a_wrong_number(engine, rng):
    model = network(layers.Conv2D(3, 3, **image))
    trace = Trace(model, rng.normal(0, 1, (7, 6, 3)))
    assert trace.why("conv2d", (1, 2, 0)).account.agrees
    trace.logits[1] = trace.outputs[1] = trace.outputs[1] + np.float32(0.01)
    assert not trace.why("conv2d", (1, 2, 0)).account.agrees


TUTORIAL = [
    layers.Conv2D(8, 5, activation="relu", input_shape=(28, 28, 1)),
    layers.MaxPooling2D(2),
    layers.Conv2D(16, 5, activation="relu"),
    layers.MaxPooling2D(2),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
]


@pytest.fixture(scope="module")
def tutorial():
    return Trace(Sequential(TUTORIAL, seed=2), np.random.default_rng(7).random((28, 28, 1)))


def test_a_number_is_followed_down_to_the_pixels(tutorial):
    number, place = tutorial.number_of("dense"), 3
    names = []
    while number:
        answer = tutorial.why_place(number, place)
        check_account(answer.account, tutorial.outputs[number].flat[place])
        names.append(tutorial.names[number])
        strongest = answer.account.largest(1)[0][0]
        assert float(strongest.value) == pytest.approx(
            tutorial.outputs[number - 1].flat[strongest.place]
        )
        number, place = number - 1, strongest.place
    assert names == [layer.name for layer in reversed(TUTORIAL)]
    assert tutorial.why_place(0, place).account is None
    assert tutorial.why_place(0, place).how == "given"


def test_receptive_fields_grow_as_in_the_textbook(tutorial):
    place = np.ravel_multi_index((3, 2, 9), (4, 4, 16))
    fields = tutorial.receptive_field("max_pooling2d_1", place)
    assert [int(field.sum()) for field in fields] == [16 * 16, 12 * 12 * 8, 36 * 8, 4, 1]
    rows, columns, _ = np.nonzero(fields[0])
    assert (rows.min(), columns.min()) == (12, 8)
    everything = tutorial.receptive_field("dense", 0)
    assert everything[3].all() and everything[4].all()


@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "dropout"])
def test_a_receptive_field_is_what_the_number_depends_on(name, rng):
    model = network(*NETWORKS[name])
    x = rng.normal(0, 1, model.input_shape[1:]).astype(np.float32)
    place = int(rng.integers(Trace(model, x).outputs[1].size))
    field = Trace(model, x).receptive_field(1, place)[0]
    other = rng.normal(0, 1, x.shape).astype(np.float32)
    outside, inside = np.where(field, x, other), np.where(field, other, x)
    y = [Trace(model, sample).outputs[1].flat[place] for sample in (x, outside, inside)]
    assert y[0] == pytest.approx(y[1], rel=1e-6)
    assert y[0] != y[2] or y[0] == 0


def test_float64_and_large_and_small_numbers_are_accounted_for(rng):
    for scale in (1e-20, 1e-3, 1e6, 1e15):
        model = network(layers.Dense(5, input_shape=(20,)), dtype="float64")
        trace = Trace(model, rng.normal(0, scale, 20))
        for place in range(5):
            check_account(trace.why_place(1, place).account, trace.outputs[1][place])


def test_what_is_not_a_number_has_no_arithmetic():
    trace = Trace(network(layers.Dense(2, input_shape=(3,))), [1.0, np.nan, 2.0])
    answer = trace.why("dense", (0,))
    assert not answer.account.agrees
    assert "not a finite number" in str(answer)


@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1, 1e6])
def test_the_columns_of_a_printed_answer_do_not_touch(scale, rng):
    model = network(layers.Dense(2, input_shape=(12,)))
    trace = Trace(model, rng.normal(0, scale, 12).astype(np.float32))
    answer = trace.why("dense", (1,))
    assert repr(answer) == str(answer)
    header, *lines = str(answer).splitlines()[1:14]
    assert header.split() == ["input", "value", "weight", "product", "running", "sum"]
    for line, term in zip(lines, answer.account.terms, strict=True):
        numbers = map(plain, (term.value, term.weight, term.product, term.total))
        assert line.split() == [answer.where(term), *numbers]
        assert len(line) == len(header)


class Doubled(layers.Conv2D):
    def linear(self, x, training=False):
        return 2 * super().linear(x, training)


class Renamed(layers.Conv2D):
    pass


def test_a_layer_that_computes_otherwise_is_unknown_and_says_so(rng):
    model = network(Doubled(2, 3, input_shape=(5, 5, 1)), layers.Flatten())
    trace = Trace(model, rng.random((5, 5, 1)))
    assert trace.why("doubled", (0, 0, 0)).account is None
    answer = str(trace.why("doubled", (0, 0, 0)))
    assert "from a Doubled, whose arithmetic is not known here" in answer
    assert trace.receptive_field("flatten", 0)[0].all()
    renamed = network(Renamed(2, 3, input_shape=(5, 5, 1)))
    assert wiring(renamed.layers[0]) is not None


def test_questions_that_make_no_sense_are_answered_with_what_would(tutorial):
    with pytest.raises(
        ValueError, match=r"dense has the shape \(10,\), so position must be 1 whole"
    ):
        tutorial.why("dense", (10,))
    with pytest.raises(ValueError, match=r"layer must be one of input, conv2d, .*; got 'danse'"):
        tutorial.why("danse", (0,))
    with pytest.raises(ValueError, match="has no weights yet"):
        Trace(Sequential([layers.Dense(2)]), [1.0])


def test_decimals():
    assert PRECISION > 300
    assert plain(shortest(np.float32(1) / 3)) == "0.33333334"
    assert plain(shortest(-255)) == "-255"
    assert plain(shortest(1e-20)) == "1e-20"
    assert plain(agreeing(Decimal("0.999999951"), np.float32(1.0000001))) == "1.000000"
    assert plain(agreeing(Decimal("-0.00000001"), np.float32(0.00000001))) == "0.0000000"
