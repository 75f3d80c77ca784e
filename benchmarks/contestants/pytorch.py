"""PyTorch: eager, with the fused Adam; images as tensors in the layout under test."""

import numpy as np
import torch
from torch import nn

from benchmarks.contestants import BETA_1, BETA_2, EPSILON, LEARNING_RATE, Forms, Task


class FlattenChannelsLast(nn.Module):
    """Flatten (N, C, H, W) in the order in which channels_last keeps it: no copy."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


class PyTorch:
    def __init__(self, channels_last: bool, threads: int) -> None:
        torch.set_num_threads(threads)
        self.channels_last = channels_last
        self.version = f"PyTorch {torch.__version__}"

    def _model(self, task: Task) -> nn.Sequential:
        """Return the model up to its logits."""
        flatten = FlattenChannelsLast() if self.channels_last else nn.Flatten()
        if task.model == "A":
            first, second = nn.Conv2d(1, 8, 5), nn.Conv2d(8, 16, 5)
            dense = [nn.Linear(256, 10)]
        else:
            first, second = nn.Conv2d(1, 32, 3, padding=1), nn.Conv2d(32, 64, 3, padding=1)
            dense = [nn.Linear(3136, 100), nn.ReLU(), nn.Dropout(task.dropout), nn.Linear(100, 10)]
        layers = [first, nn.ReLU(), nn.MaxPool2d(2), second, nn.ReLU(), nn.MaxPool2d(2)]
        model = nn.Sequential(*layers, flatten, *dense)
        with torch.no_grad():
            for parameter, weight in zip(model.parameters(), task.weights, strict=True):
                parameter.copy_(torch.from_numpy(self._from_numcnn(weight, second.out_channels)))
        return model.to(memory_format=torch.channels_last) if self.channels_last else model

    def _from_numcnn(self, weight: np.ndarray, channels: int) -> np.ndarray:
        """Turn (KH, KW, C, F) into (F, C, KH, KW), and (in, out) into (out, in)."""
        if weight.ndim == 4:
            return weight.transpose(3, 2, 0, 1).copy()
        if weight.ndim == 2:
            if not self.channels_last and weight.shape[0] % channels == 0:  # behind Flatten
                side = round((weight.shape[0] // channels) ** 0.5)
                maps = weight.reshape(side, side, channels, -1)  # (H, W, C, out)
                weight = maps.transpose(2, 0, 1, 3).reshape(weight.shape)  # (C·H·W, out)
            return weight.T.copy()
        return weight

    def _tensors(self, task: Task) -> list[torch.Tensor]:
        images = torch.from_numpy(task.images).permute(0, 1, 4, 2, 3)  # (steps, N, C, H, W)
        layout = torch.channels_last if self.channels_last else torch.contiguous_format
        return [batch.contiguous(memory_format=layout) for batch in images]

    def train(self, task: Task) -> Forms:
        def eager():
            model = self._model(task)
            adam = torch.optim.Adam(
                model.parameters(), LEARNING_RATE, (BETA_1, BETA_2), EPSILON, fused=True
            )
            batches = list(zip(self._tensors(task), torch.from_numpy(task.labels), strict=True))

            steps = 0

            def one_pass():
                nonlocal steps
                losses = []
                for x, labels in batches:
                    adam.zero_grad(set_to_none=True)
                    loss = nn.functional.cross_entropy(model(x), labels)
                    loss.backward()
                    # PyTorch divides the root by √(1 − β₂ᵗ) before it adds epsilon, the others
                    # after that: so it needs another epsilon in each step to do the same.
                    steps += 1
                    adam.param_groups[0]["eps"] = EPSILON / (1 - BETA_2**steps) ** 0.5
                    adam.step()
                    losses.append(loss.detach())
                return torch.stack(losses).mean().item()

            return one_pass

        return {"eager": eager}

    def predict(self, task: Task) -> Forms:
        def batches_through(model):
            tensors = self._tensors(task)

            def one_pass():
                with torch.inference_mode():
                    return [model(x) for x in tensors]

            return one_pass

        def eager():
            return batches_through(nn.Sequential(self._model(task), nn.Softmax(1)).eval())

        def frozen():
            model = nn.Sequential(self._model(task), nn.Softmax(1)).eval()
            with torch.no_grad():
                traced = torch.jit.trace(model, self._tensors(task)[0])
                return batches_through(torch.jit.optimize_for_inference(torch.jit.freeze(traced)))

        return {"inference_mode": eager, "traced and frozen": frozen}
