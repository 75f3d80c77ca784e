"""The tutorial in PyTorch: batches are rows of one tensor, in a new order each epoch."""

import os
import sys

import numpy as np
import torch
from peak import report
from torch import nn


def main(path: str, epochs: int) -> None:
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", torch.get_num_threads())))
    torch.manual_seed(0)
    data = np.load(path)
    x_train, x_test = (
        torch.from_numpy(data[name] / np.float32(255)).reshape(-1, 1, 28, 28)
        for name in ("x_train", "x_test")
    )
    y_train, y_test = (torch.from_numpy(data[name]).long() for name in ("y_train", "y_test"))
    model = nn.Sequential(
        *(nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(256, 10)),
    )
    adam = torch.optim.Adam(model.parameters(), fused=True)
    for _ in range(epochs):
        for rows in torch.randperm(len(x_train)).split(512):
            adam.zero_grad(set_to_none=True)
            nn.functional.cross_entropy(model(x_train[rows]), y_train[rows]).backward()
            adam.step()
    model.eval()
    with torch.inference_mode():
        found = torch.cat([model(batch).argmax(dim=1) for batch in x_test.split(512)])
    report((found == y_test).float().mean())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
