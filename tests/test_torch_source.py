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
from benchmarks.travel import cases
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


@pytest.mark.parametrize("name", ["stack 1", "stack 3", "Dense on pixels", "BatchNormalization"])
def test_weights_come_back_bit_for_bit(name: str, tmp_path: Path) -> None:
    model = {**cases.alone(), **cases.random_stacks(4)}[name]
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
    "another shape": ({"conv2d.weight": np.zeros((8, 2, 5, 5), np.float32)}, "as numcnn has it"),
    "whole numbers": ({"conv2d.weight": np.zeros((8, 1, 5, 5), np.int64)}, "is int64"),
    "three axes": ({"conv2d.weight": np.zeros((8, 5, 5), np.float32)}, "no state dict"),
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
