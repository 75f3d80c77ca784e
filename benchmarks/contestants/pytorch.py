"""PyTorch: eager, with the fused Adam; images as tensors in the layout under test."""

import torch
from torch import nn

from benchmarks import networks
from benchmarks.contestants import BETA_1, BETA_2, EPSILON, LEARNING_RATE, Forms, Task
from benchmarks.networks import Act, Conv, Dense, Dropout, Flatten, GlobalMean, Norm, Pool, Residual

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh}


class FlattenChannelsLast(nn.Module):
    """Flatten (N, C, H, W) in the order in which channels_last keeps it: no copy."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


class Mean(nn.Module):
    """The mean of each channel."""

    def forward(self, x):
        return x.mean((2, 3))


class Sum(nn.Module):
    """What two ways give, added."""

    def __init__(self, one, other):
        super().__init__()
        self.one, self.other = one, other

    def forward(self, x):
        return self.one(x) + self.other(x)


class Builder:
    """Makes modules from rows, and takes their weights from a list in the order of the rows."""

    def __init__(self, task: Task, channels_last: bool) -> None:
        self.weights, self.dropout = iter(task.weights), task.dropout
        self.channels_last = channels_last

    def modules(self, rows, shape):
        made = []
        shapes = networks.shapes(rows, shape)
        for at, (row, before, after) in enumerate(zip(rows, shapes[:-1], shapes[1:], strict=True)):
            match row:
                case Conv():
                    made += self.convolution(row, before, after)
                case Dense():
                    flat = at and isinstance(rows[at - 1], Flatten)
                    made.append(self.dense(row, before, shapes[at - 1] if flat else before))
                case Norm():
                    made.append(self.norm(before[-1]))
                case Residual():
                    one = nn.Sequential(*self.modules(row.rows, before))
                    made.append(Sum(one, nn.Sequential(*self.modules(row.shortcut, before))))
                case Act():
                    made.append(ACTIVATIONS[row.name]())
                case Pool():
                    made.append(nn.AvgPool2d(2) if row.mean else nn.MaxPool2d(2))
                case GlobalMean():
                    made.append(Mean())
                case Flatten():
                    made.append(FlattenChannelsLast() if self.channels_last else nn.Flatten())
                case Dropout():
                    made.append(nn.Dropout(self.dropout))
        return made

    def convolution(self, row, before, after):
        """A convolution, behind zeros where "same" needs more of them below than above."""
        H, C = before[0], before[-1]
        zeros = 0
        if row.padding == "same":
            zeros = max(0, (after[0] - 1) * row.stride + row.window - H)
        even = zeros // 2 if zeros % 2 == 0 else 0
        groups = C if row.depthwise else 1
        made = nn.Conv2d(C, after[-1], row.window, row.stride, even, groups=groups, bias=row.bias)
        kernel = next(self.weights)  # (KH, KW, C, F), or (KH, KW, C, 1) for each channel
        order = (2, 3, 0, 1) if row.depthwise else (3, 2, 0, 1)
        self.take(made, kernel.transpose(order), row.bias)
        if zeros % 2:
            up, down = zeros // 2, zeros - zeros // 2
            return [nn.ZeroPad2d((up, down, up, down)), made]
        return [made]

    def dense(self, row, before, image):
        made = nn.Linear(before[-1], row.units)
        weight = next(self.weights)  # (in, out)
        if len(image) == 3 and not self.channels_last:  # behind a flatten: (H·W·C, out)
            maps = weight.reshape(*image, -1)
            weight = maps.transpose(2, 0, 1, 3).reshape(weight.shape)
        self.take(made, weight.T, True)
        return made

    def norm(self, channels):
        made = nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)
        with torch.no_grad():
            for tensor in (made.weight, made.bias, made.running_mean, made.running_var):
                tensor.copy_(torch.from_numpy(next(self.weights)))
        return made

    def take(self, module, weight, bias):
        with torch.no_grad():
            module.weight.copy_(torch.from_numpy(weight.copy()))
            if bias:
                module.bias.copy_(torch.from_numpy(next(self.weights)))


class PyTorch:
    def __init__(self, channels_last: bool, threads: int) -> None:
        torch.set_num_threads(threads)
        self.channels_last = channels_last
        self.version = f"PyTorch {torch.__version__}"

    def _model(self, task: Task) -> nn.Sequential:
        """Return the model up to its logits."""
        network = networks.NETWORKS[task.model]
        builder = Builder(task, self.channels_last)
        model = nn.Sequential(*builder.modules(network.rows, network.image))
        return model.to(memory_format=torch.channels_last) if self.channels_last else model

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
