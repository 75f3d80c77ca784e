"""Graphs beside Keras: five epochs of two networks of the panel, and files that go both ways.

What Keras gave is stored; `oracles/README.md` says how it was made.
"""

import json

import numpy as np
import pytest
from oracles import cases, graph_file, panel, saved

import numcnn

PANEL = cases.read("keras_panel")
of_the_panel = pytest.mark.parametrize("name", panel.NAMES)


def panel_file(name):
    """The configuration, groups and numbers in Keras's file of a trained network."""
    variables = {
        key.removeprefix(f"{name}/"): array
        for key, array in PANEL.arrays.items()
        if key.startswith(f"{name}/") and key != f"{name}/predictions"
    }
    return PANEL.notes[name]["config"], PANEL.notes[name]["nodes"], variables


@of_the_panel
def test_five_epochs_of_training(engine, name):
    ours = panel.trained(panel.model(name, numcnn))
    theirs = PANEL.notes[name]["history"]
    assert list(ours) == list(theirs)
    for key, values in theirs.items():
        assert len(values) == panel.EPOCHS
        np.testing.assert_allclose(ours[key], values, rtol=0, atol=1e-5, err_msg=key)


@of_the_panel
def test_a_trained_network_comes_from_keras_and_goes_to_it(tmp_path, name):
    config, nodes, variables = panel_file(name)
    theirs, ours = tmp_path / "theirs.keras", tmp_path / "ours.keras"
    saved.write_file(theirs, config, nodes, variables)
    model = numcnn.models.load_model(theirs)
    predictions = model.predict(panel.data()[0], verbose=0)
    np.testing.assert_allclose(predictions, PANEL.arrays[f"{name}/predictions"], atol=1e-6)
    model.save(ours)
    _, our_nodes, our_variables = saved.read_file(ours)
    assert saved.without_widths(our_nodes) == saved.without_widths(nodes)
    for place, numbers in our_variables.items():
        np.testing.assert_array_equal(numbers, variables[place], err_msg=place)


@of_the_panel
def test_keras_predicts_the_same_from_our_file_and_we_from_what_it_saves_again(name):
    """The script that stored the numbers measured both."""
    theirs, back = PANEL.notes[name]["apart"]
    assert 0 <= theirs <= 1e-6
    assert back == 0


def test_a_graph_with_every_other_layer_comes_from_keras_and_goes_to_it(tmp_path):
    stored = dict(np.load(graph_file.STORED))
    notes = json.loads(str(stored.pop("notes")))
    predictions = stored.pop("predictions")
    path = tmp_path / "model.keras"
    saved.write_file(path, notes["config"], notes["nodes"], stored)
    model = numcnn.models.load_model(path)
    np.testing.assert_allclose(model.predict(graph_file.X, verbose=0), predictions, atol=1e-6)

    ours = graph_file.graph(numcnn)
    np.testing.assert_allclose(ours.predict(graph_file.X, verbose=0), predictions, atol=1e-6)
    ours.save(path)
    config, nodes, variables = saved.read_file(path)
    assert saved.without_widths(nodes) == saved.without_widths(notes["nodes"])
    for place, numbers in variables.items():
        np.testing.assert_allclose(numbers, stored[place], atol=1e-6)
    both = config, notes["config"]
    found, expected = ([layer["name"] for layer in one["config"]["layers"]] for one in both)
    assert found == expected
