"""Batches from a generator, a Sequence or another iterable, in place of arrays."""

import numpy as np
import pytest

import numcnn
from numcnn import layers
from numcnn.callbacks import LambdaCallback
from numcnn.streams import Sequence

RNG = np.random.default_rng(0)
X = RNG.random((50, 6, 6, 1))
Y = RNG.integers(0, 3, 50)
SIZE, STEPS = 8, 7  # the last batch has two samples


def make(dtype="float64"):
    model = numcnn.Sequential(
        [
            layers.Conv2D(2, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ],
        seed=0,
        dtype=dtype,
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def batch(number, weight=None):
    rows = slice(number * SIZE, (number + 1) * SIZE)
    parts = (X[rows], Y[rows])
    return parts if weight is None else (*parts, weight[rows])


class Batches(Sequence):
    """The data by number, and a record of what was asked for."""

    def __init__(self, weight=None):
        super().__init__()
        self.weight = weight
        self.asked, self.events = [], []

    def __len__(self):
        return STEPS

    def __getitem__(self, index):
        self.asked.append(index)
        return batch(index, self.weight)

    def on_epoch_begin(self):
        self.events.append("begin")

    def on_epoch_end(self):
        self.events.append("end")


class Anew:
    """Batches that can be iterated over again and again, as a data loader's, each a list."""

    def __iter__(self):
        return (list(batch(number)) for number in range(STEPS))


def forever(weight=None):
    while True:
        for number in range(STEPS):
            yield batch(number, weight)


def of_arrays(**options):
    model = make()
    history = model.fit(X, Y, SIZE, epochs=3, shuffle=False, verbose=0, **options)
    return history.history, model.get_weights()


def of_stream(source, **options):
    model = make()
    history = model.fit(source, epochs=3, shuffle=False, verbose=0, **options)
    return history.history, model.get_weights()


def check_the_same(one, other):
    assert one[0] == other[0]
    for weight, expected in zip(one[1], other[1], strict=True):
        np.testing.assert_array_equal(weight, expected)


def test_a_sequence_a_generator_and_an_iterable_train_as_the_arrays_do():
    expected = of_arrays()
    check_the_same(of_stream(Batches()), expected)
    check_the_same(of_stream(Anew()), expected)
    check_the_same(of_stream(forever(), steps_per_epoch=STEPS), expected)


def test_weights_in_a_batch_count_and_so_do_those_of_classes():
    weight = np.linspace(0, 2, 50)
    check_the_same(of_stream(Batches(weight)), of_arrays(sample_weight=weight))
    classes = {0: 2.0, 2: 0.5}
    check_the_same(of_stream(Batches(), class_weight=classes), of_arrays(class_weight=classes))
    with pytest.raises(ValueError, match="sample_weight or class_weight, not both"):
        of_stream(Batches(weight), class_weight=classes)


@pytest.mark.parametrize("steps", [None, 3])
def test_validation_evaluate_and_predict_take_them_too(steps):
    rows = slice(None if steps is None else steps * SIZE)
    expected, _ = of_arrays(validation_data=(X[rows], Y[rows]), validation_batch_size=SIZE)
    for source in (Batches(), Anew()):
        found, _ = of_stream(Batches(), validation_data=source, validation_steps=steps)
        assert found == expected

    model = make()
    expected = model.evaluate(X[rows], Y[rows], SIZE, verbose=0)
    assert model.evaluate(Batches(), steps=steps, verbose=0) == expected
    assert model.evaluate(Anew(), steps=steps, verbose=0) == expected
    assert model.evaluate(forever(), steps=steps or STEPS, verbose=0) == expected
    expected = model.predict(X[rows], SIZE, verbose=0)
    of_x = (x for x, _ in Anew())  # batches may be samples alone
    for source in (Batches(), Anew(), of_x, ((x,) for x, _ in Anew())):
        np.testing.assert_array_equal(model.predict(source, steps=steps, verbose=0), expected)


def test_a_generator_goes_on_where_the_epoch_before_ended():
    seen = []

    def counted():
        for number, pair in enumerate(forever()):
            seen.append(number)
            yield pair

    make().fit(counted(), steps_per_epoch=2, epochs=3, verbose=0)
    assert seen == [0, 1, 2, 3, 4, 5]


def test_a_sequence_is_shuffled_by_its_batches_and_told_of_epochs():
    source = Batches()
    make().fit(source, epochs=3, verbose=0)
    assert source.events == ["begin", "end"] * 3
    first, *epochs = [source.asked[0], *np.reshape(source.asked[1:], (3, STEPS)).tolist()]
    assert first == 0  # to see the shape of the samples
    assert all(sorted(epoch) == list(range(STEPS)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3

    again = Batches()
    make().fit(again, epochs=3, verbose=0)
    assert again.asked == source.asked

    as_it_is = Batches()
    make().fit(as_it_is, epochs=2, steps_per_epoch=3, shuffle=False, verbose=0)
    assert as_it_is.asked == [0, 0, 1, 2, 3, 4, 5]


def test_a_generator_that_runs_out_ends_the_training_with_a_warning():
    epochs = []
    model = make()
    events = LambdaCallback(on_epoch_end=lambda epoch, logs: epochs.append(sorted(logs)))
    with pytest.warns(UserWarning, match="generator ended after 1 more batches, but 3 were"):
        model.fit(iter(Anew()), steps_per_epoch=3, epochs=9, callbacks=[events], verbose=0)
    assert epochs == [["accuracy", "loss"]] * 3 and model.optimizer.iterations == STEPS

    model = make()
    with pytest.warns(UserWarning, match="generator ended after 0 more batches, but some were"):
        history = model.fit(iter(Anew()), epochs=2, verbose=0)
    assert len(history.history["loss"]) == 1 and model.optimizer.iterations == STEPS


def test_one_epoch_of_a_generator_needs_no_number_of_steps(capsys):
    model = make()
    model.fit(iter(Anew()), verbose=2)
    assert capsys.readouterr().out.startswith("7/7 - ")


def long_batch():
    return (*batch(0), None, None)


BAD = {
    "y beside it": ({"x": Batches(), "y": Y}, "of type Batches, gives batches .* leave out y"),
    "weights beside it": ({"x": Batches(), "sample_weight": Y}, "leave out sample_weight"),
    "a split": ({"x": Batches(), "validation_split": 0.5}, "leave out validation_split"),
    "nothing": ({"x": iter(())}, "tuple_iterator gives no batch"),
    "four parts": ({"x": iter([long_batch()])}, "a batch must be .* got tuple of 4"),
    "no labels": ({"x": iter([(X[:8],)])}, "y is missing"),
    "another shape": ({"x": iter([(X[:8, :4], Y[:8])])}, r"takes x of shape \(None, 6, 6, 1\)"),
    "a later one": ({"x": iter([batch(0), (X[:8], Y[:7])])}, "x has 8 samples, so y needs 8 rows"),
    "a label": ({"x": iter([(X[:8], Y[:8] + 9)])}, "class numbers from 0 to 2"),
    "no steps": (
        {"x": Batches(), "steps_per_epoch": 0},
        "steps_per_epoch must be at least 1, got 0",
    ),
    "validation": ({"x": X, "y": Y, "validation_data": iter(())}, "gives no batch"),
}


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD)
def test_what_does_not_fit_is_refused(options, message):
    model = make()
    model.build((None, 6, 6, 1))
    with pytest.raises(ValueError, match=message):
        model.fit(**options, verbose=0)


def test_a_sequence_says_which_method_is_missing():
    class Half(Sequence):
        def __len__(self):
            return 2

    with pytest.raises(NotImplementedError, match=r"Half has no __getitem__\(index\), a batch"):
        make().fit(Half(), verbose=0)
    with pytest.raises(NotImplementedError, match=r"Sequence has no __len__\(\)"):
        make().fit(Sequence(), verbose=0)
