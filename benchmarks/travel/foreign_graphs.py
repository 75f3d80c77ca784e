"""Small graphs of PyTorch and Keras, for `benchmarks.travel.foreign`."""

from __future__ import annotations

from typing import Any

Shapes = tuple[tuple[int, ...], ...]


def torch_graphs() -> dict[str, tuple[Any, Shapes]]:
    """Return models of PyTorch with the shapes of their samples, channels first."""
    import torch
    from torch import nn
    from torch.nn import functional

    class Block(nn.Module):
        """The block of a residual network."""

        def __init__(self, c: int, f: int, stride: int = 1) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(c, f, 3, stride, 1, bias=False)
            self.bn1, self.bn2 = nn.BatchNorm2d(f), nn.BatchNorm2d(f)
            self.conv2 = nn.Conv2d(f, f, 3, padding=1, bias=False)
            self.short = nn.Sequential()
            if stride > 1 or c != f:
                self.short = nn.Sequential(
                    nn.Conv2d(c, f, 1, stride, bias=False), nn.BatchNorm2d(f)
                )

        def forward(self, x: Any) -> Any:
            y = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
            return functional.relu(y + self.short(x))

    class Pooled(nn.Module):
        """Mean of the pixels, then a dense layer."""

        def __init__(self, c: int, units: int) -> None:
            super().__init__()
            self.fc = nn.Linear(c, units)

        def forward(self, x: Any) -> Any:
            return self.fc(torch.flatten(functional.adaptive_avg_pool2d(x, 1), 1))

    class Branches(nn.Module):
        """Four branches beside each other, and a row of two images' numbers."""

        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Conv2d(2, 3, 1), nn.Conv2d(2, 2, 3, padding=1)
            self.c, self.fc = nn.Conv2d(2, 2, 5, padding=2), nn.Linear(9 * 9 + 2 * 36, 4)

        def forward(self, x: Any) -> Any:
            y = torch.cat([self.a(x), self.b(x), functional.max_pool2d(x, 3, 1, 1), self.c(x)], 1)
            rows = [functional.max_pool2d(y, 2).flatten(1), x.flatten(1)]
            return self.fc(torch.cat(rows, 1))

    class Siamese(nn.Module):
        """One tower for two inputs."""

        def __init__(self) -> None:
            super().__init__()
            self.tower = nn.Sequential(
                *(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 5))
            )
            self.fc = nn.Linear(5, 2)

        def forward(self, a: Any, b: Any) -> Any:
            return self.fc(self.tower(a) - self.tower(b))

    class TwoHeads(nn.Module):
        """Two outputs of one trunk."""

        def __init__(self) -> None:
            super().__init__()
            self.trunk = nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1), nn.Tanh())
            self.kind, self.size = Pooled(4, 3), nn.Linear(64, 1)

        def forward(self, x: Any) -> Any:
            y = self.trunk(x)
            return torch.softmax(self.kind(y), 1), self.size(y.flatten(1))

    class Mobile(nn.Module):
        """An inverted residual with depthwise convolution, a gate, and SiLU."""

        def __init__(self) -> None:
            super().__init__()
            self.expand, self.project = nn.Conv2d(3, 6, 1), nn.Conv2d(6, 3, 1)
            self.each = nn.Conv2d(6, 6, 3, padding=1, groups=6)
            self.down, self.up = nn.Linear(6, 2), nn.Linear(2, 6)
            self.head = Pooled(3, 4)

        def forward(self, x: Any) -> Any:
            y = functional.relu6(self.each(functional.silu(self.expand(x))))
            gate = functional.relu(self.down(y.mean((2, 3))))
            y = y * torch.sigmoid(self.up(gate)).view(y.size(0), 6, 1, 1)
            return self.head(x + self.project(y))

    class UNet(nn.Module):
        """Down and up again, with what was there put beside it."""

        def __init__(self) -> None:
            super().__init__()
            self.inc, self.down = nn.Conv2d(1, 3, 3, padding=1), nn.Conv2d(3, 4, 3, 2, 1)
            self.up = nn.ConvTranspose2d(4, 3, 3, 2, 1, output_padding=1)
            self.up2, self.out = nn.ConvTranspose2d(6, 2, 2, 2), nn.Conv2d(2, 1, 1)

        def forward(self, x: Any) -> Any:
            first = functional.relu(self.inc(x))
            y = functional.relu(self.up(functional.relu(self.down(first))))
            y = self.up2(torch.cat([first, y], 1))
            y = functional.interpolate(
                y, scale_factor=2.0, mode="bilinear"
            ) + functional.interpolate(y, scale_factor=2.0)
            return torch.sigmoid(self.out(y))

    class Norms(nn.Module):
        """The norms of samples, slopes that are learnt, groups and dilation."""

        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(4, 8, 3, padding=2, dilation=2)
            self.groups, self.norm = nn.Conv2d(8, 8, 3, groups=2), nn.GroupNorm(4, 8)
            self.each, self.last = nn.InstanceNorm2d(8, affine=True), nn.LayerNorm(8)
            self.slope, self.head = nn.PReLU(8), Pooled(8, 3)

        def forward(self, x: Any) -> Any:
            y = self.slope(self.norm(self.groups(self.conv(x))))
            y = self.last(y.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
            return self.head(self.each(y) * 0.5 + y)

    residual = nn.Sequential(
        *(nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU()),
        *(Block(4, 4), Block(4, 6, 2), Pooled(6, 5)),
    )
    return {
        "residual": (residual, ((3, 10, 10),)),
        "branches": (Branches(), ((2, 6, 6),)),
        "siamese": (Siamese(), ((1, 6, 6), (1, 6, 6))),
        "two_heads": (TwoHeads(), ((3, 8, 8),)),
        "mobile": (Mobile(), ((3, 7, 7),)),
        "unet": (UNet(), ((1, 8, 8),)),
        "norms": (Norms(), ((4, 9, 9),)),
    }


def keras_graphs() -> dict[str, Any]:
    """Return graphs of Keras."""
    from keras import Model, Sequential, layers

    def block(x: Any, filters: int, strides: int = 1) -> Any:
        y = layers.Conv2D(filters, 3, 1, padding="same", use_bias=False)(x)
        y = layers.ReLU()(layers.BatchNormalization()(y))
        y = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same")(y))
        if x.shape[-1] != filters:
            x = layers.Conv2D(filters, 1)(x)
        return layers.MaxPooling2D(strides)(layers.ReLU()(layers.add([x, y])))

    image = layers.Input((8, 8, 3))
    y = block(block(layers.Conv2D(4, 3, padding="same")(image), 4), 6, 2)
    heads = layers.Dense(5, activation="softmax")(layers.GlobalAveragePooling2D()(y))
    residual = Model(image, heads)

    x = layers.Input((9, 9, 2))
    y = layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same")(x)
    y = layers.ReLU(max_value=6)(layers.Conv2D(4, 1)(y))
    gate = layers.Dense(4, activation="sigmoid")(layers.GlobalAveragePooling2D()(y))
    y = layers.multiply([y, layers.Reshape((1, 1, 4))(gate)])
    y = layers.concatenate([y, layers.SeparableConv2D(3, 3, padding="same")(x), x])
    mobile = Model(x, layers.Dense(3)(layers.Flatten()(layers.AveragePooling2D(3)(y))))

    a, b = layers.Input((6, 6, 1), name="a"), layers.Input((6, 6, 1), name="b")
    tower = Sequential([layers.Conv2D(3, 3, activation="tanh"), layers.Flatten(), layers.Dense(4)])
    difference = layers.subtract([tower(a), tower(b)])
    two = [layers.Dense(2, activation="softmax")(difference), layers.Dense(1)(difference)]
    siamese = Model([a, b], two)

    x = layers.Input((6, 6, 2))
    y = layers.PReLU(shared_axes=[1, 2])(layers.Conv2D(4, 3, dilation_rate=2, padding="same")(x))
    y = layers.BatchNormalization()(layers.Conv2DTranspose(3, 3, strides=2, padding="same")(y))
    other = layers.Conv2DTranspose(2, 2, strides=2)(x)
    y = layers.concatenate([layers.Cropping2D(1)(y), layers.Cropping2D(1)(other)])
    decoder = Model(x, layers.Conv2D(1, 1, activation="sigmoid")(y))
    return {"residual": residual, "mobile": mobile, "siamese": siamese, "decoder": decoder}
