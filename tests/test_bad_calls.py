"""Bad calls, by the thousand: each public callable with one wrong value at a time.

A call may be taken, or refused by a sentence of numcnn's own.  What it may not do is fail in NumPy
or Python with a message about their insides, or change a model before it is refused.
"""

import ast
import functools
import inspect
import io
import traceback
import warnings
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import numcnn
from numcnn import (
    activations,
    callbacks,
    constraints,
    datasets,
    explain,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    pictures,
    regularizers,
    utils,
)
from numcnn.datasets import cifar_sources, emnist, mnist_sources
from numcnn.datasets.files import four_files
from numcnn.optimizers import schedules
from numcnn.preprocessing import downloads
from numcnn.preprocessing.image import ImageDataGenerator

PACKAGE = Path(numcnn.__file__).parent
RNG = np.random.default_rng(0)
X = RNG.random((6, 8, 8, 1), dtype=np.float32)
Y = np.array([0, 1, 2, 0, 1, 2])
P = RNG.random((6, 3))
ONE_HOT = np.eye(3)[Y]
WRONG = {
    "None": None,
    "-1": -1,
    "0": 0,
    "2.5": 2.5,
    "nan": float("nan"),
    "inf": float("inf"),
    "True": True,
    "10^30": 10**30,
    "-10^30": -(10**30),
    "False": False,
    "text": "zebra",
    "no text": "",
    "bytes": b"x",
    "no list": [],
    "a mixed list": [1, "a"],
    "a ragged list": [[1, 2], [3]],
    "a dict": {"a": 1},
    "no dict": {},
    "an array": np.zeros((2, 3)),
    "no array": np.array([]),
    "an array of text": np.array("a"),
    "an array of None": np.array([None]),
    "an object": object(),
    "a class": int,
    "a function": print,
    "a range": range(3),
    "complex": 1 + 2j,
    "a set": {1, 2},
    "a tuple of nothing": (),
    "a list of None": [None, None],
    "an array of nan": np.full((2, 3), np.nan),
    "an array of bool": np.array([True, False]),
    "an array of objects": np.array([[1, "a"], [None, 2]], dtype=object),
    "a large array": np.zeros((2, 3, 4, 5, 6)),
    "a number of NumPy": np.float32(-1.5),
    "a path": Path("nowhere"),
}


@functools.cache
def refusals(file):
    """The lines of a file of numcnn's on which it says no itself."""
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    return {n for node in statements for n in range(node.lineno, node.end_lineno + 1)}


def raw(error):
    """Say where an error came from that is no sentence of numcnn's; None if it is one."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(PACKAGE)]
    if own and own[-1] is frames[-1] and own[-1].lineno in refusals(own[-1].filename):
        return None
    if isinstance(error, OSError | ImportError) or not own:
        return None  # the system's, or Python's own about a missing argument
    place = own[-1]
    return f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}: {error}"[:150]


def tried(call):
    """Call, and return the place of a raw error, or whether the call was taken."""
    with redirect_stdout(io.StringIO()), np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            call()
        except Exception as error:
            return raw(error) or False
    return True


FOR_EVER = ("repeats", "epochs", "steps_per_epoch")
"""What may be as many as one likes, and then takes as long."""


def wrong_calls(function, good, leave_out=()):
    """Give the arguments of every call of a function in which one of them is wrong."""
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        if parameter.name in leave_out:
            continue
        for name, value in WRONG.items():
            if name == "10^30" and parameter.name in FOR_EVER:
                continue
            yield f"{parameter.name}: {name}", {**good, parameter.name: value}


def small_model():
    model = numcnn.Sequential(
        [
            layers.Conv2D(2, 3, activation="relu", input_shape=(8, 8, 1)),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ],
        seed=0,
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


MODEL = small_model()
TRACE = explain.Trace(MODEL, X[0])
ENTRY = numcnn.Input((4,))
PICTURE = Image.new("L", (8, 8))
NEEDED = {
    "Activation": {"activation": "relu"},
    "AveragePooling2D": {"pool_size": 2},
    "CenterCrop": {"height": 4, "width": 4},
    "Conv2D": {"filters": 2, "kernel_size": 3},
    "Conv2DTranspose": {"filters": 2, "kernel_size": 3},
    "DepthwiseConv2D": {"kernel_size": 3},
    "Dense": {"units": 3},
    "Dropout": {"rate": 0.5},
    "GaussianNoise": {"stddev": 0.1},
    "InputLayer": {"shape": (4,)},
    "Permute": {"dims": (2, 1)},
    "RandomBrightness": {"factor": 0.1},
    "RandomContrast": {"factor": 0.1},
    "RandomCrop": {"height": 4, "width": 4},
    "RandomRotation": {"factor": 0.1},
    "RandomTranslation": {"height_factor": 0.1, "width_factor": 0.1},
    "RandomZoom": {"height_factor": 0.1},
    "Rescaling": {"scale": 2.0},
    "Reshape": {"target_shape": (4, 1)},
    "Resizing": {"height": 4, "width": 4},
    "SeparableConv2D": {"filters": 2, "kernel_size": 3},
    "SpatialDropout2D": {"rate": 0.5},
    "BackupAndRestore": {"backup_dir": "backup"},
    "CSVLogger": {"filename": "logs.csv"},
    "LearningRateScheduler": {"schedule": lambda epoch: 0.1},
    "ModelCheckpoint": {"filepath": "best.safetensors"},
    "ExponentialDecay": {"initial_learning_rate": 0.1, "decay_steps": 9, "decay_rate": 0.9},
    "InverseTimeDecay": {"initial_learning_rate": 0.1, "decay_steps": 9, "decay_rate": 0.9},
    "PiecewiseConstantDecay": {"boundaries": [1], "values": [0.1, 0.2]},
    "PolynomialDecay": {"initial_learning_rate": 0.1, "decay_steps": 9},
    "CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 9},
    "CosineDecayRestarts": {"initial_learning_rate": 0.1, "first_decay_steps": 9},
}
BASES = (
    *("Layer", "ActivatedLayer", "OnlyActivation", "CallbackList", "FunctionMetric"),
    *("ClassReport", "Optimizer"),
)


def public_classes(*modules):
    """Return the classes of some modules by name."""
    return {
        f"{module.__name__.removeprefix('numcnn.')}.{name}": thing
        for module in modules
        for name, thing in sorted(vars(module).items())
        if isinstance(thing, type)
        and thing.__name__ == name
        and thing.__module__.startswith(module.__name__)
        and name not in BASES
        and thing is not activations.Activation
    }


CLASSES = public_classes(
    *(layers, losses, metrics, optimizers, schedules, callbacks),
    *(initializers, regularizers, activations, constraints),
) | {"Sequential": numcnn.Sequential, "ImageDataGenerator": ImageDataGenerator}
FUNCTIONS = {
    "models.clone_model": (models.clone_model, {"model": MODEL}),
    "models.save_model": (models.save_model, {"model": MODEL, "filepath": "a.safetensors"}),
    "models.load_model": (models.load_model, {"filepath": "a.safetensors"}),
    "models.model_from_json": (models.model_from_json, {"json_string": MODEL.to_json()}),
    "profile": (numcnn.profile, {"model": MODEL, "x": X, "repeats": 1}),
    "Predictor": (numcnn.Predictor, {"model": MODEL}),
    "a Predictor": (numcnn.Predictor(MODEL), {"x": X[:1]}),
    "set_random_seed": (numcnn.set_random_seed, {"seed": 1}),
    "utils.to_categorical": (utils.to_categorical, {"x": Y}),
    "utils.normalize": (utils.normalize, {"x": X}),
    "utils.split_dataset": (utils.split_dataset, {"dataset": (X, Y), "left_size": 0.5}),
    "utils.plot_model": (utils.plot_model, {"model": MODEL, "to_file": "p.png", "dpi": 20}),
    "metrics.accuracy": (metrics.accuracy, {"labels": Y, "predictions": P}),
    "metrics.confusion_matrix": (metrics.confusion_matrix, {"labels": Y, "predictions": P}),
    "metrics.per_class_accuracy": (metrics.per_class_accuracy, {"labels": Y, "predictions": P}),
    "metrics.top_k_accuracy": (metrics.top_k_accuracy, {"labels": Y, "scores": P}),
    "metrics.predict_classes": (metrics.predict_classes, {"probabilities": P}),
    "mnist.load_data": (datasets.mnist.load_data, {}),
    **{
        f"{module.__name__.removeprefix('numcnn.datasets.')}.load_data": (module.load_data, {})
        for module in (
            *(datasets.fashion_mnist, datasets.kmnist, emnist),
            *(datasets.cifar10, datasets.cifar100),
        )
    },
    "emnist.class_names": (emnist.class_names, {"split": "letters"}),
    "utils.get_file": (functools.partial(utils.get_file, origin="https://localhost/a"), {}),
    "utils.image_dataset_from_directory": (
        utils.image_dataset_from_directory,
        {"directory": "pictures", "image_size": (8, 8)},
    ),
    "utils.load_img": (utils.load_img, {"path": "pictures/cat/1.png"}),
    "utils.save_img": (utils.save_img, {"path": "saved.png", "x": X[0]}),
    "utils.img_to_array": (utils.img_to_array, {"img": PICTURE}),
    "utils.array_to_img": (utils.array_to_img, {"x": X[0]}),
    "ImageDataGenerator.flow": (ImageDataGenerator().flow, {"x": X, "y": Y}),
    "ImageDataGenerator.fit": (ImageDataGenerator(zca_whitening=True).fit, {"x": X}),
    "ImageDataGenerator.flow_from_directory": (
        ImageDataGenerator().flow_from_directory,
        {"directory": "pictures", "target_size": (8, 8)},
    ),
    "Input": (numcnn.Input, {"shape": (4,)}),
    "Model": (numcnn.Model, {"inputs": ENTRY, "outputs": layers.ReLU()(ENTRY)}),
    "layers.add": (layers.add, {"inputs": [ENTRY, ENTRY]}),
    "layers.concatenate": (layers.concatenate, {"inputs": [ENTRY, ENTRY]}),
    "pictures.sheet": (pictures.sheet, {"images": X}),
    "pictures.mistakes_sheet": (
        pictures.mistakes_sheet,
        {"images": X, "labels": Y, "probabilities": P},
    ),
    "pictures.filters_sheet": (pictures.filters_sheet, {"kernel": np.ones((3, 3, 1, 2))}),
    "Trace": (explain.Trace, {"model": MODEL, "sample": X[0]}),
    "Trace.why": (TRACE.why, {"layer": 1, "position": (0, 0, 0)}),
    "saliency": (explain.saliency, {"model": MODEL, "sample": X[0], "target": 0}),
    "an initializer": (initializers.GlorotUniform(), {"shape": (3, 3)}),
    **{f"an activation, {kind.name}": (kind(), {"x": P}) for kind in activations.KINDS},
    **{
        f"losses.{name}": (
            getattr(losses, name),
            {"y_true": Y if "sparse" in name else ONE_HOT, "y_pred": P},
        )
        for name in (
            *("sparse_categorical_crossentropy", "categorical_crossentropy"),
            *("binary_crossentropy", "mean_squared_error", "mean_absolute_error"),
        )
    },
    **{
        f"a loss, {kind.__name__}": (
            kind(),
            {"y_true": Y if "Sparse" in kind.__name__ else ONE_HOT, "y_pred": P},
        )
        for kind in dict.fromkeys(losses.LOSSES.names.values())
    },
    **{
        f"a metric, {kind.__name__}": (
            lambda y_true, y_pred, sample_weight=None, kind=kind: kind()(
                y_true, y_pred, sample_weight
            ),
            {"y_true": Y if "Sparse" in kind.__name__ else ONE_HOT, "y_pred": P, "kind": kind},
        )
        for kind in dict.fromkeys(metrics.METRICS.names.values())
        if kind is not metrics.Mean  # it takes values
    },
    **{
        f"{module.__name__.removeprefix('numcnn.')}.{name}": (getattr(module, name), {})
        for module in (layers, losses, metrics, optimizers, callbacks, initializers, regularizers)
        for name in ("get", "serialize", "deserialize")
        if hasattr(module, name)
    },
}
USERS = ("prepare", "print_fn")
"""Functions of the user's own, whose errors are theirs."""
METHODS = {
    "compile": {"optimizer": "adam", "loss": "mse"},
    "fit": {"x": X, "y": Y, "verbose": 0},
    "evaluate": {"x": X, "y": Y, "verbose": 0},
    "predict": {"x": X, "verbose": 0},
    "predict_classes": {"x": X, "verbose": 0},
    "train_on_batch": {"x": X, "y": Y},
    "test_on_batch": {"x": X, "y": Y},
    "predict_on_batch": {"x": X},
    "summary": {},
    "save": {"filepath": "a.safetensors"},
    "save_weights": {"filepath": "a.safetensors"},
    "load_weights": {"filepath": "a.safetensors"},
    "add": {"layer": layers.Dense(2)},
    "build": {"input_shape": (None, 8, 8, 1)},
    "set_weights": {"weights": MODEL.get_weights()},
    "from_config": {"config": MODEL.get_config()},
    "compile_from_config": {"config": MODEL.get_compile_config()},
    "__call__": {"x": X},
}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """A folder of its own with a file in it, no internet, and the engine that is begun at once."""
    with in_folder(tmp_path, monkeypatch):
        yield


@contextmanager
def in_folder(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("NUMCNN_DATA", str(folder / "data"))
    (folder / "pictures" / "cat").mkdir(parents=True)
    PICTURE.save(folder / "pictures" / "cat" / "1.png")
    for module in (mnist_sources, four_files, cifar_sources, emnist, downloads):
        monkeypatch.setattr(module, "fetch", refused)
    MODEL.save("a.safetensors")
    with numcnn.use_engine("reference"):
        yield


def refused(*arguments, **options):
    raise ImportError("this test needs no data, and makes none")


@pytest.mark.parametrize("name", CLASSES)
def test_without_the_wrong_value_a_constructor_is_content(name):
    CLASSES[name](**NEEDED.get(CLASSES[name].__name__, {}))


def report(outcomes):
    wrong = {case: outcome for case, outcome in outcomes.items() if isinstance(outcome, str)}
    assert not wrong, "\n".join(f"{case} -> {place}" for case, place in wrong.items())


def of_constructor(name):
    """Return what became of each call, and what is wrong with it, if anything."""
    kind = CLASSES[name]
    good = NEEDED.get(kind.__name__, {})
    return {case: tried(lambda o=o: kind(**o)) for case, o in wrong_calls(kind, good)}


def of_function(name):
    function, good = FUNCTIONS[name]
    calls = wrong_calls(function, good, leave_out=("kind",))
    return {case: tried(lambda o=o: function(**o)) for case, o in calls}


def of_method(name):
    found = {}
    model = small_model()
    for case, options in wrong_calls(getattr(model, name), METHODS[name], USERS):
        before = state_of(model)
        found[case] = tried(lambda m=model, o=options: getattr(m, name)(**o))
        if found[case] is True:
            model = small_model()
        elif found[case] is False and state_of(model) != before:
            found[case] = "the model is another one"
    return found


def state_of(model):
    weights = [weight.tobytes() for weight in model.get_weights()]
    chance = str(model.rng.bit_generator.state)
    return weights, chance, model.optimizer, model.optimizer.iterations, model.loss, model.built


@pytest.mark.parametrize("name", CLASSES)
def test_constructors_refuse_in_a_sentence(name):
    report(of_constructor(name))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_refuse_in_a_sentence(name):
    function, good = FUNCTIONS[name]
    assert not good or tried(lambda: function(**good)) is True
    report(of_function(name))


@pytest.mark.parametrize("name", METHODS)
def test_methods_refuse_in_a_sentence_before_anything_changes(name):
    report(of_method(name))


def test_a_raw_error_would_be_seen():
    broken = layers.Dense(2)
    broken.build_for((None, 3))
    broken.kernel = None
    assert "AttributeError in " in tried(lambda: broken.forward(np.ones((1, 3), np.float32)))
