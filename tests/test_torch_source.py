"""The text of a PyTorch module for a model, and a state dict back.

That PyTorch computes the same with it is tried by ``python -m benchmarks.travel.to_torch``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import numcnn
from benchmarks.travel import cases, graphs
from numcnn import layers
from numcnn.models import ModelFileError
from numcnn.travel.torch_source import torch_module

TEXT = '''\
class Tutorial(nn.Module):
    """Takes (N, C, H, W); the shapes behind the lines are numcnn's, channels last."""

    def __init__(self):
        super().__init__()
        self.conv2d = nn.Conv2d(1, 8, (5, 5), stride=(1, 1), padding=(0, 0))
        self.conv2d_1 = nn.Conv2d(8, 4, (2, 2), stride=(1, 1))
        self.batch_normalization = nn.BatchNorm2d(4, eps=0.001, momentum=0.01)
        self.dropout = nn.Dropout(0.5)
        self.dense = nn.Linear(256, 10)

    def forward(self, x):
        x = self.conv2d(x)
        x = F.relu(x)  # 8 × 8 × 8
        x = F.pad(x, (0, 1, 0, 1))
        x = self.conv2d_1(x)
        x = F.leaky_relu(x, 0.2)  # 8 × 8 × 4
        x = self.batch_normalization(x)  # 8 × 8 × 4
        x = self.dropout(x)  # 8 × 8 × 4
        x = x.permute(0, 2, 3, 1).flatten(1)  # 256
        x = self.dense(x)
        x = torch.softmax(x, dim=-1)  # 10
        return x
'''


def tutorial() -> Any:
    row = [
        layers.Input((12, 12, 1)),
        layers.Conv2D(8, 5, activation="relu"),
        layers.Conv2D(4, 2, padding="same", activation="leaky_relu"),
        layers.BatchNormalization(),
        layers.Dropout(0.5),
        layers.Flatten(),
        layers.Dense(10, activation="softmax"),
    ]
    return numcnn.Sequential(row, name="tutorial", seed=1)


def test_the_text_is_the_one_that_pytorch_was_given() -> None:
    text, _ = torch_module(tutorial())
    assert text.endswith(TEXT)


GRAPH = """\
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 2, (3, 3), stride=(1, 1), padding=(1, 1))
        self.each_depthwise = nn.Conv2d(2, 2, (3, 3), stride=(1, 1), padding=(1, 1), groups=2, bias=False)
        self.each = nn.Conv2d(2, 2, 1)
        self.layer_eval = nn.Linear(2, 3)

    def forward(self, x):
        first = self.first(x)
        first = F.relu(first)  # 4 × 4 × 2
        x = self.each_depthwise(first)
        x = self.each(x)  # 4 × 4 × 2
        x = first + x  # 4 × 4 × 2
        x = torch.cat([x, first], dim=2)  # 8 × 4 × 2
        x = x.mean(dim=(2, 3), keepdim=False)  # 2
        x = self.layer_eval(x)  # 3
        return x
"""  # noqa: E501


def test_a_graph_is_text_with_a_variable_for_what_is_read_again() -> None:
    x = numcnn.Input((4, 4, 1))
    first = layers.Conv2D(2, 3, padding="same", activation="relu", name="first")(x)
    each = layers.SeparableConv2D(2, 3, padding="same", name="each")(first)
    joined = layers.Concatenate(axis=1)([layers.add([first, each]), first])
    row = layers.GlobalAveragePooling2D()(joined)
    text, arrays = torch_module(numcnn.Model(x, layers.Dense(3, name="eval")(row)))
    assert text.endswith(GRAPH)
    assert arrays["each_depthwise.weight"].shape == (2, 1, 3, 3)


def test_the_weights_lie_as_pytorch_has_them(tmp_path: Path) -> None:
    model = tutorial()
    model.export(tmp_path / "net.py", format="torch")
    arrays = load_file(tmp_path / "net.safetensors")
    kernel = model.layers[0].kernel.value
    assert arrays["conv2d.weight"][3, 0, 1, 4] == kernel[1, 4, 0, 3]
    assert arrays["dense.weight"].shape == (10, 256)
    assert arrays["batch_normalization.running_var"].tolist() == [1, 1, 1, 1]
    assert arrays["batch_normalization.num_batches_tracked"] == 0
    with pytest.raises(ValueError, match=r"ends in \.py"):
        model.export(tmp_path / "net.txt", format="torch")


MODELS = {**cases.alone(), **cases.random_stacks(4), **graphs.graphs()}
KINDS = [
    *("stack 1", "stack 3", "Dense on pixels", "BatchNormalization", "DepthwiseConv2D"),
    *("SeparableConv2D", "Conv2DTranspose", "Conv2D in groups", "LayerNormalization over rows"),
    *("GroupNormalization", "PReLU", "PReLU by channel", *graphs.graphs()),
]


@pytest.mark.parametrize("name", KINDS)
def test_weights_come_back_bit_for_bit(name: str, tmp_path: Path) -> None:
    model = MODELS[name]
    before = [array.copy() for array in model.get_weights()]
    model.export(tmp_path / "net.py", format="torch")
    model.set_weights([0 * array for array in before])
    model.load_torch_weights(tmp_path / "net.safetensors")
    assert all(map(np.array_equal, before, model.get_weights()))


def test_a_state_dict_gives_the_layers_that_it_names_their_weights(tmp_path: Path) -> None:
    model, path = tutorial(), tmp_path / "a.safetensors"
    dense = model.layers[-1].kernel.value.copy()
    kernel = np.arange(200, dtype=np.float32).reshape(8, 1, 5, 5)
    save_file({"conv2d.weight": kernel, "conv2d.bias": np.ones(8, np.float32)}, path)
    model.load_torch_weights(path)
    assert model.layers[0].kernel.value[2, 3, 0, 5] == kernel[5, 0, 2, 3]
    assert np.array_equal(model.layers[-1].kernel.value, dense)


WRONG = {
    "no name of a layer": ({"other.weight": np.zeros(3, np.float32)}, "none of its names"),
    "an array missing": (
        {"dense.weight": np.zeros((10, 256), np.float32)},
        "no array 'dense.b",
    ),
    "another shape": (
        {"conv2d.weight": np.zeros((8, 2, 5, 5), np.float32)},
        "would be float numbers",
    ),
    "whole numbers": ({"conv2d.weight": np.zeros((8, 1, 5, 5), np.int64)}, "is int64"),
    "three axes": ({"conv2d.weight": np.zeros((8, 5, 5), np.float32)}, "would be float"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_state_dict_that_does_not_fit_changes_nothing(what: str, tmp_path: Path) -> None:
    arrays, sentence = WRONG[what]
    model, path = tutorial(), tmp_path / "a.safetensors"
    before = [array.copy() for array in model.get_weights()]
    save_file(arrays, path)
    with pytest.raises(ModelFileError, match=sentence):
        model.load_torch_weights(path)
    assert all(map(np.array_equal, before, model.get_weights()))
