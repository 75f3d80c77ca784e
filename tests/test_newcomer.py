"""What goes wrong in a newcomer's first programs, and the sentence that helps."""

import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import numcnn
from numcnn import layers
from numcnn.callbacks import TerminateOnNaN
from numcnn.optimizers import SGD

ROOT = Path(numcnn.__file__).parents[1]
RNG = np.random.default_rng(0)
X = RNG.random((64, 28, 28, 1), dtype=np.float32)
Y = RNG.integers(0, 10, 64)


def classifier(*more, optimizer="adam", loss="sparse_categorical_crossentropy", **options):
    """Return a small network for digits."""
    model = numcnn.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.MaxPooling2D(4),
            *more,
            layers.Flatten(),
            layers.Dense(10, activation="softmax", **options),
        ],
        seed=0,
    )
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


# The channel axis --------------------------------------------------------------------------------


def test_grey_images_may_come_without_their_channel_axis():
    model, flat = classifier(), X[..., 0]
    expected = model.predict(X, verbose=0)
    np.testing.assert_array_equal(model.predict(flat, verbose=0), expected)
    assert model.evaluate(flat, Y, verbose=0) == model.evaluate(X, Y, verbose=0)
    with_axis = model.fit(X, Y, verbose=0, validation_data=(X, Y)).history
    assert classifier().fit(flat, Y, verbose=0, validation_data=(flat, Y)).history == with_axis


def test_a_channel_axis_too_many_is_taken_too():
    model = numcnn.Sequential([layers.Input((28, 28)), layers.Flatten(), layers.Dense(2)], seed=0)
    np.testing.assert_array_equal(model.predict(X, verbose=0), model.predict(X[..., 0], verbose=0))


def test_numbers_one_a_sample_need_no_axis_of_their_own():
    model = numcnn.Sequential([layers.Dense(1, input_shape=[1])], seed=0)
    np.testing.assert_array_equal(
        model.predict(np.arange(3.0), verbose=0), model.predict(np.arange(3.0)[:, None], verbose=0)
    )


# A forgotten Flatten -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "labels"),
    [
        ("sparse_categorical_crossentropy", Y),
        ("categorical_crossentropy", np.eye(10)[Y]),
        ("mse", Y[:, None]),
    ],
)
def test_labels_for_outputs_that_are_still_images_ask_for_flatten(loss, labels):
    model = numcnn.Sequential(
        [layers.Conv2D(2, 3, input_shape=(28, 28, 1)), layers.Dense(10, "softmax")], seed=0
    )
    model.compile("adam", loss)
    message = r"outputs have the shape \(None, 26, 26, 10\): put Flatten\(\) before the first Dense"
    with pytest.raises(ValueError, match=message):
        model.fit(X, labels, verbose=0)


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 30)], ids=["grey", "colour"])
def test_channels_that_come_first_are_told_to_come_last(shape):
    last = (*shape[1:], shape[0])
    with pytest.raises(ValueError, match=re.escape(f"it comes last: input_shape={last}.")):
        numcnn.Sequential([layers.Conv2D(8, 5, input_shape=shape)])


@pytest.mark.parametrize(
    ("make", "meant"),
    [
        (lambda: layers.Conv2D(8, kernal_size=3), "kernel_size"),
        (lambda: layers.Conv2D(filter=8, kernel_size=3), "filters"),
        (lambda: layers.Dense(unit=3), "units"),
        (lambda: layers.Conv2D(8, 3, border_mode="same"), "padding"),  # as in Keras 1
        (lambda: layers.Dense(output_dim=3), "units"),
        (lambda: layers.Reshape(target=(3,)), "target_shape"),
        (lambda: numcnn.Sequential().fit([0.0], nb_epoch=2), "epochs"),
        (lambda: numcnn.Sequential().compile(optimiser="adam"), "optimizer"),
        (lambda: numcnn.Sequential().evaluate(batchsize=2), "batch_size"),
        (lambda: numcnn.Sequential().predict(verbos=0), "verbose"),
        (lambda: numcnn.optimizers.schedules.CosineDecay(0.1, decay_step=9), "decay_steps"),
    ],
)
def test_a_misspelt_argument_is_named_and_not_the_one_that_is_missing(make, meant):
    with pytest.raises(TypeError, match=f"has no argument .*: did you mean '{meant}'"):
        make()


SHELL = re.compile(r"^(?:pip|python|pytest) .*$|`((?:pip|python|pytest) [^`]*)`", re.MULTILINE)


@pytest.mark.parametrize(
    "page", [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")], ids=lambda page: page.name
)
def test_commands_work_in_cmd_and_powershell_too(page):
    """Which know no single quotes in cmd, and no && in PowerShell 5.1."""
    commands = [match[0] for match in SHELL.finditer(page.read_text(encoding="utf-8"))]
    assert [line for line in commands if " '" in line or "&&" in line] == []


# A loss that runs away ---------------------------------------------------------------------------


def warned(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [str(warning.message) for warning in caught]


def test_a_learning_rate_of_10_is_told_once():
    model = classifier(layers.Conv2D(8, 3, activation="relu"), optimizer=SGD(10.0))
    said = warned(lambda: model.fit(X * 8, Y, epochs=4, verbose=0))
    assert len(said) == 1
    pattern = (
        r"after epoch 1 the loss is [\d,]+; guessing among 10 classes would give 2\.30\. "
        r"Most likely the learning rate, 10, is too large"
    )
    assert re.match(pattern, said[0])
    loss = float(re.search(r"loss is ([\d,]+)", said[0])[1].replace(",", ""))
    assert loss == pytest.approx(model.history.history["loss"][0], abs=0.5)


def test_a_loss_of_nan_is_told_once_and_not_twice_where_a_callback_ends_it():
    model = classifier(optimizer=SGD(1e30), loss="mse")
    said = warned(lambda: model.fit(X, np.eye(10)[Y], epochs=3, verbose=0))
    assert not said  # softmax saturates, but its squares stay below 1
    linear = numcnn.Sequential([layers.Flatten(), layers.Dense(10)], seed=0)
    linear.compile(SGD(1e30), "mse")
    with np.errstate(all="ignore"):
        said = warned(lambda: linear.fit(X, np.eye(10)[Y], batch_size=8, epochs=3, verbose=0))
        assert len(said) == 1 and "the loss is nan; callbacks.TerminateOnNaN() would end" in said[0]
        linear = numcnn.Sequential([layers.Flatten(), layers.Dense(10)], seed=0)
        linear.compile(SGD(1e30), "mse")
        stop = TerminateOnNaN()
        said = warned(lambda: linear.fit(X, np.eye(10)[Y], 8, 3, verbose=0, callbacks=[stop]))
        assert not any("after epoch" in text for text in said)


def test_weights_and_penalties_are_no_divergence():
    assert not warned(lambda: classifier().fit(X, Y, verbose=0))
    heavy = dict.fromkeys(range(10), 1000.0)
    assert not warned(lambda: classifier().fit(X, Y, verbose=0, class_weight=heavy))
    costly = classifier(kernel_regularizer=numcnn.regularizers.L2(1e4), optimizer=SGD(0.0))
    assert not warned(lambda: costly.fit(X, Y, verbose=0))
    assert costly.history.history["loss"][0] > 23


# Messages are short ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        lambda: layers.Dense(X),
        lambda: layers.Dense(X.tolist()),
        lambda: layers.Conv2D(2, "3" * 1000),
        lambda: layers.Dropout(X),
        lambda: layers.Dense(3, activation=list(range(100))),
        lambda: classifier().fit(X, Y, epochs=Y, verbose=0),
        lambda: classifier().fit(X, Y, class_weight=X, verbose=0),
        lambda: classifier().fit(X, Y, verbose=X),
        lambda: classifier().fit(X, Y, verbose=0, callbacks=[X]),
        lambda: numcnn.set_random_seed(X),
        lambda: numcnn.Predictor(X),
        lambda: numcnn.callbacks.EarlyStopping(monitor=X),
        lambda: numcnn.layers.deserialize(X),
        lambda: numcnn.optimizers.get(X),
    ],
)
def test_no_message_prints_an_array(call):
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    assert len(str(caught.value)) < 400
