"""Names that numcnn does not have: hasattr says no, and whoever asks gets a sentence."""

import copy
import importlib
import pickle

import pytest

import numcnn
from numcnn import layers

MODULES = [
    *["activations", "backend", "callbacks", "datasets", "initializers", "layers", "losses"],
    *["metrics", "models", "optimizers", "optimizers.schedules", "regularizers", "utils"],
]


@pytest.mark.parametrize("inner", ["", *MODULES])
@pytest.mark.parametrize("name", ["NoSuchThing", "no_such_thing"])
def test_a_module_says_no_to_hasattr_and_a_sentence_to_import(inner, name):
    full = f"numcnn.{inner}".rstrip(".")
    module = importlib.import_module(full)
    assert not hasattr(module, name)
    assert getattr(module, name, "another") == "another"
    assert not hasattr(module, "__no_such_thing__")
    with pytest.raises(AttributeError, match=rf"numcnn.* has no .*{name}; "):
        getattr(module, name)
    with pytest.raises(ImportError, match=rf"^numcnn.* has no .*{name}; "):
        exec(f"from {full} import {name}", {})


def test_what_is_there_can_be_imported():
    namespace = {}
    exec("from numcnn.layers import Dense, Layer\nfrom numcnn import datasets", namespace)
    assert namespace["Dense"] is layers.Dense
    assert numcnn.Layer is namespace["Layer"] is layers.Layer


SENTENCES = {
    "datasets.cifar": "numcnn.datasets has no cifar; the nearest one is cifar10.",
    "datasets.imagenet": "numcnn.datasets has no imagenet; docs/reference.md lists",
    "utils.get_fil": "numcnn.utils has no get_fil; ",
    "activations.softmx": "the nearest one is softmax",
    "layers.Con2D": "the nearest one is Conv2D",
}


@pytest.mark.parametrize(("asked", "sentence"), SENTENCES.items(), ids=SENTENCES)
def test_the_sentence_names_what_is_near(asked, sentence):
    module, name = asked.split(".")
    with pytest.raises(AttributeError) as caught:
        getattr(importlib.import_module(f"numcnn.{module}"), name)
    assert sentence in str(caught.value)


@pytest.fixture
def model():
    return numcnn.Sequential([layers.Dense(2, input_shape=(3,))])


def test_models_and_layers_say_what_is_near(model):
    with pytest.raises(AttributeError, match=r"Sequential in numcnn has no sumary; the nearest .*"):
        model.sumary()
    with pytest.raises(AttributeError, match=r"Dense in numcnn has no unit; .* is units"):
        print(model.layers[0].unit)
    with pytest.raises(AttributeError, match="has no fit_generator: fit takes generators"):
        model.fit_generator([])
    assert not hasattr(model, "no_such_thing") and not hasattr(model.layers[0], "no_such_thing")


def test_a_layer_of_keras_hears_why_its_call_is_not_enough():
    class Residual(numcnn.layers.Layer):
        def call(self, x):
            return x

    with pytest.raises(NotImplementedError, match=r"but a call\(\) as in Keras.*def block\(x\)"):
        Residual()(numcnn.Input((8,)))


def test_an_error_within_a_property_is_told_as_it_is():
    class Own(layers.Layer):
        @property
        def twice(self):
            return self.units * 2

    with pytest.raises(AttributeError, match="Own in numcnn has no units"):
        print(Own().twice)


def test_models_can_still_be_copied_and_pickled(model):
    for made in (copy.deepcopy(model), copy.copy(model), pickle.loads(pickle.dumps(model))):
        assert made.layers[0].units == 2 and made.output_shape == (None, 2)
