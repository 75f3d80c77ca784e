"""The recipe in PyTorch, with its channels last, which is faster here than the default."""

import numpy as np
import torch
from digits import BATCH, arguments, rate, read, report
from torch import nn


def network(recipe) -> nn.Sequential:
    model, channels = nn.Sequential(), 1
    for filters in recipe.filters:
        convolution = nn.Conv2d(channels, filters, 5)
        normalization = nn.BatchNorm2d(filters, momentum=0.1, eps=1e-3)
        model.extend([convolution, nn.ReLU(), nn.MaxPool2d(2), normalization])
        channels = filters
    last = nn.Linear(16 * channels, 10)
    model.extend([nn.Flatten(), nn.Dropout(recipe.dropout), last])
    for layer in model:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    return model.to(memory_format=torch.channels_last)


def main() -> None:
    folder, recipe, seed = arguments()
    torch.manual_seed(seed)
    x, y, x_test, y_test = read(folder)
    shift, rng, batches = recipe.shift, np.random.default_rng(seed), len(x) // BATCH
    around = ((0, 0), (0, 0), (shift, shift), (shift, shift))
    padded = torch.from_numpy(np.pad(x[:, np.newaxis], around))
    labels = torch.from_numpy(y.astype(np.int64))
    model = network(recipe)
    adam = torch.optim.Adam(model.parameters(), eps=1e-7, fused=True)
    for epoch in range(recipe.epochs):
        for batch, n in enumerate(torch.from_numpy(rng.permutation(len(x))).split(BATCH)[:batches]):
            row, column = rng.integers(0, 2 * shift + 1, 2)
            adam.param_groups[0]["lr"] = rate(recipe, epoch * batches + batch, batches)
            images = padded[n, :, row : row + 28, column : column + 28]
            images = images.contiguous(memory_format=torch.channels_last)
            adam.zero_grad(set_to_none=True)
            nn.functional.cross_entropy(model(images), labels[n]).backward()
            adam.step()
    model.eval()
    with torch.inference_mode():
        images = torch.from_numpy(x_test[:, np.newaxis])
        found = torch.cat([model(batch).argmax(dim=1) for batch in images.split(512)])
    report(found.numpy(), y_test)


if __name__ == "__main__":
    main()
