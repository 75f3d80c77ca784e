"""`numcnn.profile` counts what it says, times every layer, and leaves the model alone."""

import os
import threading

import numpy as np
import pytest

import numcnn
from numcnn import layers, machine
from numcnn.engine.fast.loops import layout
from numcnn.flops import flop
from numcnn.profiled_step import CONVERSIONS, Row
from numcnn.profiling import Profile


def small_model(**options):
    return numcnn.Sequential(
        [
            layers.Input((12, 12, 1)),
            layers.Conv2D(8, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(4, 3, padding="same"),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(3, activation="softmax"),
        ],
        seed=0,
        **options,
    )


X = np.random.default_rng(0).random((32, 12, 12, 1), dtype=np.float32)


def by_name(profile):
    return {row.name: row for row in profile.rows}


def test_operations_are_those_of_the_formulas(engine):
    rows = by_name(numcnn.profile(small_model(), X, repeats=1))
    # The first layer needs no dx.  Of the second, the corners of the window stick out of 4 × 4.
    first = 2 * 2 * 32 * 8 * 8 * 8 * 25
    second = 3 * 2 * 32 * (4 * 4 * 9 - 4 * 4 * 3 + 4) * 8 * 4
    dense = 3 * 2 * 32 * 64 * 3
    counted = {name: row.flop for name, row in rows.items() if row.flop}
    assert sorted(counted.values()) == sorted([first, second, dense])
    assert sum(row.flop or 0 for row in rows.values()) == first + second + dense


def test_compiled_loops_have_a_part_of_the_time(engine):
    profile = numcnn.profile(small_model(), X, repeats=3)
    for row in profile.rows[1:]:
        if engine == "reference":
            assert row.in_loops is None
        elif row.flop:
            assert 0 < row.in_loops <= row.seconds
    assert ("of the time in compiled loops" in str(profile)) == (engine == "fast")


def test_a_profile_runs_the_layers_as_a_network_does(monkeypatch):
    """Behind a layer that computes in NumPy, the others do not each convert their arrays."""
    model = numcnn.Sequential(
        [
            layers.Conv2D(4, 3, activation="relu", input_shape=(12, 12, 1)),
            layers.MaxPooling2D(2),
            layers.GlobalMaxPooling2D(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    counts = []
    with numcnn.use_engine("fast"):
        for function in ("side_by_side", "in_order"):
            convert = getattr(layout, function)

            def counted(*arguments, convert=convert, function=function):
                counts.append(function)
                return convert(*arguments)

            monkeypatch.setattr(layout, function, counted)
        model.forward(X, training=True)
        model.backward(np.ones((32, 3)), input_gradient=False)
        in_network, counts[:] = list(counts), []
        numcnn.profile(model, X, repeats=1)
    assert counts == 2 * in_network  # a step to compile, and one to measure


def test_the_stopwatch_runs_for_the_profile_alone():
    with numcnn.use_engine("fast"):
        watch = numcnn.engine.active_engine().stopwatch
        numcnn.profile(small_model(), X, repeats=1)
        seconds = watch.seconds
        small_model().forward(X)
    assert watch.seconds == seconds > 0
    assert not watch.on


def test_loops_of_another_thread_are_not_counted():
    with numcnn.use_engine("fast"), numcnn.engine.active_engine().stopwatch as watch:
        before = watch.seconds
        thread = threading.Thread(target=small_model().forward, args=(X,))
        thread.start()
        thread.join()
        assert watch.seconds == before
        small_model().forward(X)
        assert watch.seconds > before
        assert watch.on
    assert not watch.on


def test_bytes_count_every_array_once():
    with numcnn.use_engine("reference"):
        rows = by_name(numcnn.profile(small_model(), X, repeats=1))
    x, weights, y = 32 * 12 * 12, 208, 32 * 8 * 8 * 8
    assert rows["conv2d"].moved == 4 * (x + weights + y + (y + x + weights) + weights)
    x, y = y, 32 * 4 * 4 * 8
    assert rows["max_pooling2d"].moved == 4 * (x + y + y + x + x)
    assert rows[CONVERSIONS].moved == 0


def test_every_layer_is_timed_in_both_directions(engine):
    profile = numcnn.profile(small_model(), X, repeats=3)
    assert profile.images == 32
    assert profile.engine == engine
    names = " + ".join(row.name for row in profile.rows[1:]).split(" + ")
    assert names == ["conv2d", "max_pooling2d", "conv2d_1", "flatten", "dropout", "dense"]
    for row in profile.rows[1:]:
        assert row.forward > 0, row
        assert row.backward > 0, row
    assert profile.seconds == pytest.approx(sum(row.seconds for row in profile.rows))


def test_layers_that_an_engine_computes_together_are_one_row():
    with numcnn.use_engine("fast"):
        fast = [row.name for row in numcnn.profile(small_model(), X, repeats=1).rows]
    with numcnn.use_engine("reference"):
        reference = [row.name for row in numcnn.profile(small_model(), X, repeats=1).rows]
    assert "conv2d + max_pooling2d" in fast
    assert "conv2d" in reference


def test_the_model_trains_on_as_if_nothing_had_happened(engine):
    y = np.arange(32) % 3
    ends = []
    for profiled in (False, True):
        model = small_model()
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(X, y, verbose=0)
        if profiled:
            numcnn.profile(model, X, repeats=1)
        model.fit(X, y, verbose=0)
        ends.append(model.get_weights())
    for one, other in zip(*ends, strict=True):
        assert one.tobytes() == other.tobytes()


class Doubling(layers.Layer):
    def forward(self, x, training=False):
        assert isinstance(x, np.ndarray)
        return 2 * x

    def backward(self, dy):
        assert isinstance(dy, np.ndarray)
        return 2 * dy


def test_a_layer_of_your_own_has_times_and_no_operations(engine):
    model = numcnn.Sequential([layers.Conv2D(2, 3, input_shape=(6, 6, 1)), Doubling()])
    profile = numcnn.profile(model, X[:, :6, :6], repeats=1)
    last = profile.rows[-1]
    assert "doubling" in last.name
    assert last.forward > 0
    if last.name == "doubling":
        assert last.flop is None
        assert profile.share(last) is None


def test_layers_before_the_first_parameter_have_no_backward(engine):
    model = numcnn.Sequential([layers.MaxPooling2D(2, input_shape=(6, 6, 1)), layers.Conv2D(2, 2)])
    first, second = numcnn.profile(model, X[:, :6, :6], repeats=1).rows[1:]
    assert (first.name, first.backward) == ("max_pooling2d", 0)
    assert second.flop == 2 * 2 * 32 * 2 * 2 * 2 * 4


def test_shares_are_of_the_roof_over_each_row():
    limit = machine.Machine(100e9, 50e9, 10e9, 2, 256, True, "given")
    computes = Row("conv", 0.5, 0.5, flop=50e9, moved=1e9)  # 50 operations a byte: 100 GFLOP/s
    moves = Row("dense", 0.5, 0.5, flop=10e9, moved=10e9)  # 1 operation a byte: 10 GFLOP/s
    profile = Profile([computes, moves], 1, "fast", limit)
    assert profile.share(computes) == pytest.approx(0.5)
    assert profile.share(moves) == pytest.approx(1.0)
    table = str(profile).splitlines()
    assert table[-3].split() == [
        "conv",
        "500.000",
        "500.000",
        "50.000",
        "1.0000",
        "50.0",
        "1.0",
        "50%",
    ]
    assert table[-1].split()[:3] == ["all", "1000.000", "1000.000"]


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="the model has no layers yet"):
        numcnn.profile(numcnn.Sequential(), X)
    with pytest.raises(ValueError, match=r"the model takes x of shape \(None, 12, 12, 1\)"):
        numcnn.profile(small_model(), X[:, :5])
    with pytest.raises(ValueError, match="repeats must be at least 1"):
        numcnn.profile(small_model(), X, repeats=0)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="threads can't be bound here")
def test_cores_are_measured_one_thread_on_each_and_the_process_is_not_bound():
    before, places = os.sched_getaffinity(0), []
    seconds = machine._seconds(lambda: places.append(tuple(os.sched_getaffinity(0))), [(), ()])
    assert seconds >= 0 and os.sched_getaffinity(0) == before
    assert set(places) == {(core,) for core in sorted(before)[:2]}


def test_limits_are_measured(monkeypatch):
    found = machine.measure("float32")
    assert 0 < found.flops_one_core <= found.flops
    assert found.bandwidth > 0
    assert found.cores == machine.usable_cores()
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    by_numpy = machine._measured.__wrapped__("float32")
    assert by_numpy.flops > 0
    assert "matrix product" in str(by_numpy)


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("\tvfmadd213ps\t%zmm1, %zmm2, %zmm3", (512, True)),
        ("\tvfmadd231ps\t%ymm1, %ymm2, %ymm3\n\tvmulss\t%xmm1, %xmm2, %xmm3", (256, True)),
        ("\tmulps\t%xmm1, %xmm2", (128, False)),
        ("\tfmla\tv0.4s, v1.4s, v2.4s", (128, True)),
        ("\tmovaps\t%xmm1, %xmm2", (0, False)),
    ],
)
def test_the_machine_code_says_how_wide_it_is(line, seen):
    assert machine.instructions(line) == seen


def test_a_graph_is_measured_call_by_call(engine):
    """A residual block, whose sum has no weights; the shared layer has a row for each call."""
    x = layers.Input((8, 8, 4))
    shared = layers.Conv2D(4, 3, padding="same", use_bias=False, name="shared")
    y = layers.Add(name="sum")([shared(shared(x)), x])
    y = layers.DepthwiseConv2D(3, depth_multiplier=2, name="depthwise")(y)
    model = numcnn.Model(x, layers.Dense(3, activation="softmax")(layers.Flatten()(y)))
    before = model.get_weights()
    rows = by_name(numcnn.profile(model, X[:16, :8, :8].repeat(4, axis=-1), repeats=1))
    one = 2 * 16 * (64 * 9 - 4 * 8 * 3 + 4) * 4 * 4  # three cells a side stick out
    calls = [row for name, row in rows.items() if name.startswith("shared")]
    assert sum(row.flop for row in calls) == (2 + 3) * one
    if engine == "reference":
        assert [row.name for row in calls] == ["shared", "shared#2"]
        assert rows["shared"].moved == 4 * (2 * 16 * 256 + 144 + 2 * 16 * 256 + 2 * 144)
        assert rows["sum"].flop is None
        assert rows["sum"].moved == 4 * 16 * 256 * (3 + 1 + 2 + 1)  # of two inputs, one is trained
    (depthwise,) = (row for name, row in rows.items() if name.startswith("depthwise"))
    assert depthwise.flop == 3 * 2 * 16 * 36 * 9 * 8
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_a_model_with_two_inputs_and_two_outputs_is_measured():
    a, b = layers.Input((3,)), layers.Input((3,))
    c = layers.Dense(2, name="first")(a + b)
    model = numcnn.Model([a, b], [c, layers.Dense(1, name="second")(c)])
    model.compile("sgd", ["mse", "mse"])
    rows = by_name(numcnn.profile(model, [np.ones((5, 3)), np.ones((5, 3))], repeats=1))
    assert rows["first"].flop == 2 * 2 * 5 * 3 * 2
    assert rows["second"].flop == 3 * 2 * 5 * 2


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (layers.Conv2D(6, 3, groups=2), 2 * 36 * 9 * 2 * 6),
        (layers.Conv2D(6, 3, dilation_rate=2), 2 * 16 * 9 * 4 * 6),
        (layers.SeparableConv2D(6, 3), 2 * 36 * 9 * 4 + 2 * 36 * 4 * 6),
        (layers.Conv2DTranspose(6, 2, strides=2), 2 * 64 * 4 * 4 * 6),
        (layers.Conv2DTranspose(6, 3, padding="same"), 2 * 22 * 22 * 4 * 6),
        (layers.MaxPooling2D(), None),
    ],
)
def test_operations_of_other_convolutions(layer, expected):
    layer.build_for((None, 8, 8, 4))
    assert flop(layer, layer.input_shape, layer.output_shape) == expected


def test_convolutions_behind_each_other_have_rows_of_their_own():
    """On the fast engine a layer waits for the next: a convolution does not take it along."""
    rows = [
        layers.Input((8, 8, 2)),
        layers.Conv2D(4, 3, activation="relu", name="first"),
        layers.DepthwiseConv2D(3, name="second"),
        layers.BatchNormalization(name="normal"),
        layers.ReLU(name="relu"),
        layers.Conv2D(3, 1, name="third"),
        layers.GlobalAveragePooling2D(name="mean"),
        layers.Dense(2, name="last"),
    ]
    with numcnn.use_engine("fast"):
        found = numcnn.profile(numcnn.Sequential(rows), np.ones((4, 8, 8, 2)), repeats=1)
    names = list(by_name(found))
    assert [name for name in names if "first" in name] == ["first"]
    assert "second + normal + relu" in names
    assert "last" in names
