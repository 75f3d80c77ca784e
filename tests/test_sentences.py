"""What is no model, no history, no list of names: a sentence, in every picture, page and file."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

import numcnn
from numcnn import layers, metrics, models, pictures
from numcnn.checks import with_article

visor, explain = numcnn.visor, numcnn.explain  # imported when they are asked for

IMAGES, LABELS = np.zeros((6, 8, 8, 1)), np.array([0, 1, 0, 1, 0, 1])
HISTORY = {"loss": [2.0, 1.0]}


@pytest.fixture(scope="module")
def model():
    model = numcnn.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(2, 3),
            layers.Flatten(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def two_outputs():
    x = layers.Input((4,))
    return numcnn.Model(x, [layers.Dense(2)(x), layers.Dense(3)(x)])


def unbuilt():
    return numcnn.Sequential([layers.Dense(2)])


OF_A_MODEL = {
    "journey": lambda model: pictures.journey(model, IMAGES[0]),
    "save_all": lambda model: pictures.save_all("never", model, HISTORY, IMAGES, LABELS),
    "plot_weights": lambda model: visor.plot_weights(model),
    "plot_architecture": lambda model: visor.plot_architecture(model),
    "plot_feature_maps": lambda model: visor.plot_feature_maps(model, IMAGES[0]),
    "show": lambda model: visor.show(model, open_browser=False),
    "report": lambda model: visor.report(model, None, None, "never.html"),
    "draw": lambda model: visor.draw(model, open_browser=False),
    "page": lambda model: visor.page(model, "never.html"),
    "clone_model": models.clone_model,
    "profile": lambda model: numcnn.profile(model, IMAGES),
}


@pytest.mark.parametrize("name", OF_A_MODEL)
@pytest.mark.parametrize("given", [None, 5, layers.Dense(2)], ids=str)
def test_what_is_no_model_is_refused(name, given):
    with pytest.raises(TypeError, match=r"the first argument of .* must be a model, got "):
        OF_A_MODEL[name](given)


@pytest.mark.parametrize("name", sorted({*OF_A_MODEL} - {"plot_weights", "clone_model", "profile"}))
def test_a_model_without_weights_is_refused(name):
    with pytest.raises(ValueError, match="has no weights yet, because the shape of its input"):
        OF_A_MODEL[name](unbuilt())


@pytest.mark.parametrize("name", ["journey", "save_all", "show", "report", "draw"])
def test_a_model_of_two_outputs_is_refused_where_one_is_needed(name):
    with pytest.raises(ValueError, match=r"needs a model with one output, and .* has 2 outputs"):
        OF_A_MODEL[name](two_outputs())


def test_the_classes_of_two_outputs_are_not_guessed():
    with pytest.raises(ValueError, match="one output, and this one has 2: predict returns a list"):
        two_outputs().predict_classes(np.zeros((2, 4)), verbose=0)


def test_a_journey_needs_images():
    rows = numcnn.Sequential([layers.Input((2,)), layers.Dense(2, activation="softmax")])
    with pytest.raises(ValueError, match=r"takes samples of shape \(2,\)"):
        pictures.journey(rows, np.zeros(2))


OF_A_HISTORY = {
    "curves": pictures.curves,
    "plot_history": lambda *given: visor.plot_history(*given),
}


@pytest.mark.parametrize("name", OF_A_HISTORY)
@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ((None,), TypeError, "history must be what fit returned, .* got None"),
        (([1, 2],), TypeError, "history must be what fit returned"),
        (({1: [2]},), TypeError, "by the names of the metrics, got {1:"),
        ((HISTORY, 5), TypeError, "metrics must be a list of names, got 5"),
        ((HISTORY, ["mae"]), ValueError, "the history has no 'mae'; it has 'loss'"),
        (
            ({"loss": 5},),
            ValueError,
            r"must be a list of one number for each epoch",
        ),
    ],
)
def test_what_is_no_history_is_refused(name, given, error, message):
    with pytest.raises(error, match=message):
        OF_A_HISTORY[name](*given)


def test_one_metric_may_be_given_as_a_string_and_an_empty_history_is_said():
    assert pictures.curves(HISTORY, "loss").size == pictures.curves(HISTORY, ["loss"]).size
    assert pictures.curves({**HISTORY, "note": ["a", "b"]}).size == (880, 620)
    with pytest.raises(ValueError, match="the history is empty: no epoch has been trained yet"):
        pictures.curves({"loss": []})


OF_NAMES = {
    "bars": lambda model, names: pictures.bars([0.5, 0.5], names),
    "journey": lambda model, names: pictures.journey(model, IMAGES[0], names),
    "save_all": lambda model, names: pictures.save_all("x", model, HISTORY, IMAGES, LABELS, names),
    "report": lambda model, names: metrics.report(LABELS, LABELS, names),
    "visor.report": lambda model, names: visor.report(model, None, None, "never.html", names),
    "show": lambda model, names: visor.show(model, None, names, open_browser=False),
    "page": lambda model, names: visor.page(model, "never.html", names),
    "matrix": lambda model, names: visor.plot_confusion_matrix(LABELS, LABELS, names),
    "accuracy": lambda model, names: visor.plot_per_class_accuracy(LABELS, LABELS, names),
    "examples": lambda model, names: visor.plot_examples(IMAGES, LABELS, names),
}


@pytest.mark.parametrize("name", OF_NAMES)
def test_names_of_classes_are_a_list_with_one_for_each(model, name):
    for wrong in (5, "ab"):
        with pytest.raises(TypeError, match="class_names must be a list of names"):
            OF_NAMES[name](model, wrong)
    with pytest.raises(ValueError, match=r"class_names must have (one|a) name for each of"):
        OF_NAMES[name](model, ["a"])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: pictures.bars([]), ValueError, r"one number from 0 to 1 .* got shape \(0,\)"),
        (lambda: pictures.sheet(np.zeros((2, 0, 4))), ValueError, "each at least 1, got shape"),
        (lambda: pictures.lines(None, "a", "b", "c"), TypeError, "a dict of lines .* got None"),
        (lambda: pictures.lines({"a": 5}, "a", "b", "c"), TypeError, "a dict of lines"),
        (lambda: visor.plot_examples(None), TypeError, "images must hold real numbers"),
        (lambda: visor.plot_examples(5), ValueError, r"images must be \(N, H, W, C\)"),
        (lambda: visor.plot_examples(IMAGES, [0, 1]), ValueError, "labels needs 6 rows"),
        (lambda: visor.save(None, "never.html"), TypeError, "document must be a page"),
        (lambda: visor.save(visor.plot_history({}), "x"), TypeError, "document must be a page"),
        (lambda: visor.FitCallbacks(5), TypeError, "metrics must be a list of names, got 5"),
        (lambda: visor.FitCallbacks(page=5), TypeError, "page must be what visor.show returned"),
    ],
)
def test_other_things_are_refused_in_a_sentence(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("shape", [(3, 3, 1, 0), (3, 3, 0, 2), (0, 3, 1, 2), (3, 3, 1)])
def test_a_kernel_without_weights_is_refused(shape):
    for draw in (pictures.filters_sheet, visor.plot_filters):
        with pytest.raises(ValueError, match=r"kernel must be \(KH, KW, C, F\), each at least 1"):
            draw(np.zeros(shape))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"class_name": "Sequential"}', "the configuration of a model must be a dict"),
        ('{"class_name": "Functional", "config": {"layers": []}}', "names its ends in 'input_la"),
        (
            '{"class_name": "Functional", "config": {"layers": [], "input_layers": ["a", 0, 0], '
            '"output_layers": 5}}',
            "names its ends in 'output_layers'",
        ),
        (
            '{"class_name": "Functional", "config": {"layers": [], "input_layers": ["a", 0, 0], '
            '"output_layers": ["a", 0, 0]}}',
            "does not connect its layers as get_config writes it",
        ),
        ("[" * 100_000, "the JSON of a model begins with"),
    ],
)
def test_json_that_describes_no_model_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        models.model_from_json(text)


@pytest.mark.parametrize("ending", ["keras", "safetensors"])
def test_wrong_custom_objects_are_no_damage_of_the_file(model, tmp_path, ending):
    model.save(tmp_path / f"m.{ending}")
    with pytest.raises(TypeError, match="custom_objects must be a dict of classes by name"):
        models.load_model(tmp_path / f"m.{ending}", custom_objects="X")
    with pytest.raises(TypeError, match=r"custom_objects\['a'\] must be a class, got 5"):
        models.load_model(tmp_path / f"m.{ending}", custom_objects={"a": 5})


def test_an_empty_file_and_an_unknown_ending_are_called_so(model, tmp_path):
    (tmp_path / "m.safetensors").write_bytes(b"")
    with pytest.raises(models.ModelFileError, match="it holds nothing, and begins with no length"):
        models.load_model(tmp_path / "m.safetensors")
    with pytest.raises(ValueError, match=r"the ending of 'a.xyz' names no form of a model"):
        model.export("a.xyz")


def test_the_folder_is_named_and_not_the_temporary_file(model, tmp_path, monkeypatch):
    def refused(path, *arguments, **options):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(PermissionError) as raised:
        model.save(tmp_path / "m.safetensors")
    assert str(raised.value).endswith(
        f"m.safetensors can't be written: Permission denied: {tmp_path}"
    )


def test_counts_and_articles():
    one = numcnn.Sequential([layers.Input((2,)), layers.Dense(1)])
    with pytest.raises(ValueError, match="the model has 1 layer, got index=9"):
        one.get_layer(index=9)
    trace = explain.Trace(one, np.zeros(2))
    with pytest.raises(ValueError, match="position must be 1 whole number inside"):
        trace.why("dense", (0, 0))
    with pytest.raises(ValueError, match="an optimizer must be"):
        numcnn.optimizers.deserialize({"name": 5})
    optimizer = numcnn.optimizers.SGD(numcnn.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5))
    with pytest.raises(TypeError, match="an ExponentialDecay gives the learning rate"):
        optimizer.learning_rate = 0.1
    words = ("activation", "image", "user", "RMSprop", "ReLU", "LSTM", "metric")
    said = ["an activation", "an image", "a user", "an RMSprop", "a ReLU", "an LSTM", "a metric"]
    assert [with_article(word) for word in words] == said


def test_parameters_of_a_layer_that_is_not_built_are_not_called_unknown():
    for layer, name in ((layers.Dense(2), "kernel"), (layers.BatchNormalization(), "gamma")):
        assert not hasattr(layer, name)
        with pytest.raises(AttributeError, match=f"has no {name} yet: it is not built"):
            getattr(layer, name)
    with pytest.raises(AttributeError, match="has no kernl; the nearest one is"):
        layers.Dense(2).kernl  # noqa: B018


def test_names_that_rooms_do_not_have_are_answered():
    with pytest.raises(AttributeError, match="has no load_dta; the nearest one is load_data"):
        numcnn.datasets.mnist.load_dta  # noqa: B018
    with pytest.raises(AttributeError, match="has no plot_histry; the nearest one is plot_history"):
        visor.plot_histry  # noqa: B018


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (np.array([1, 2], object), TypeError, r"dtype object: x.astype\(float\) makes real"),
        ([10**30], TypeError, "whole numbers that do not fit into 64 bits"),
        (np.array([10**30, 1]), TypeError, "whole numbers that do not fit into 64 bits"),
        ([[1], [1, 2]], ValueError, "x cannot be converted to an array: its rows have different "),
        ([None], TypeError, "must hold real numbers, got None among them"),
    ],
)
def test_what_an_array_holds_instead_of_numbers_is_said(model, x, error, message):
    with pytest.raises(error, match=message):
        model.predict(x, verbose=0)


def test_an_axis_that_no_input_has_is_named():
    one = np.zeros((1, 2, 2, 1))
    with pytest.raises(ValueError, match="along axis 4, and they have 4 axes, 0 to 3"):
        layers.Concatenate(axis=4)([one, one])


def test_repeats_that_are_no_number_are_not_taken_for_labels(model):
    with pytest.raises(TypeError, match="repeats must be a whole number, got 'a'"):
        numcnn.profile(model, IMAGES, repeats="a")


def test_an_example_refuses_a_wrong_number_of_epochs_at_once(monkeypatch, capsys):
    example = Path(__file__).parent.parent / "examples" / "fashion_mnist.py"
    monkeypatch.setattr(sys, "argv", [example.name, "--epochs", "-1"])
    with pytest.raises(SystemExit) as refused:
        runpy.run_path(str(example), run_name="__main__")
    assert str(refused.value) == "epochs must be at least 1, got -1."
    assert not capsys.readouterr().out


@pytest.mark.parametrize(
    ("kind", "wrong", "meant"),
    [
        ("EarlyStopping", "patence", "patience"),
        ("ModelCheckpoint", "save_best", "save_best_only"),
        ("ReduceLROnPlateau", "facor", "factor"),
    ],
)
def test_misspelt_arguments_of_callbacks_are_asked_about(kind, wrong, meant):
    with pytest.raises(TypeError, match=f"{kind} has no argument '{wrong}': did you mean '{meant}"):
        getattr(numcnn.callbacks, kind)(**{wrong: 1})


def test_a_callback_of_ones_own_may_take_any_arguments():
    class Mine(numcnn.callbacks.Callback):
        def __init__(self, *values, **options):
            super().__init__()
            self.options = options

    assert Mine(1, anything=2).options == {"anything": 2}
