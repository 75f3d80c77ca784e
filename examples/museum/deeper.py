"""Twenty convolutions, plain and residual: the gradient in each of them, and what is learned.

The picture that made residual networks famous, on your own machine: `deeper.png`.  Both networks
have the same layers and the same initial weights; the residual one adds each layer's input to its
output.  In the plain network the gradient shrinks at each layer on the way back.
"""

import argparse
from typing import Any

import hall
import numpy as np

import numcnn
from numcnn import layers, pictures

DEPTH = 20


def build(residual: bool) -> numcnn.Model:
    image = numcnn.Input((28, 28, 1))
    x: Any = layers.Conv2D(8, 5, strides=2, padding="same")(image)  # (14, 14, 8)
    for _ in range(DEPTH - 1):
        y = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
        x = x + 0.2 * y if residual else y
    x = layers.GlobalAveragePooling2D()(x)
    return numcnn.Model(image, layers.Dense(10, activation="softmax")(x))


def sizes(model: numcnn.Model, x: np.ndarray, y: np.ndarray) -> list[float]:
    """Return the mean size of each bias's gradient, the sum of its filter's over all pixels."""
    logits = model.forward(x, training=True, final_activation=False)
    losses, cache = model.training_loss.forward(y, logits)
    dlogits = model.training_loss.backward(np.ones(len(losses), np.float32) / len(losses), cache)
    model.backward(dlogits, final_activation=False, input_gradient=False)
    gradients = [layer.bias.grad for layer in model.layers if isinstance(layer, layers.Conv2D)]
    return [float(np.abs(gradient).mean()) for gradient in gradients]


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--images", type=int, default=2000)
parser.add_argument("--epochs", type=int, default=6)
args = parser.parse_args()
(x, y), (x_new, y_new) = (
    hall.samples(n, seed) for seed, n in enumerate([args.images, min(args.images, 500)])
)
found = {}
for name, residual in (("plain", False), ("residual", True)):
    numcnn.set_random_seed(0)
    model = build(residual)
    optimizer = numcnn.optimizers.Adam(0.005)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    found[name] = sizes(model, x[:200], y[:200])
    first, last = found[name][0], found[name][-1]
    print(f"{name}: the first layer gets {first / last:.1e} of the last layer's gradient")
    model.fit(x, y, batch_size=50, epochs=args.epochs, verbose=0)
    loss, accuracy = model.evaluate(x_new, y_new, verbose=0)
    print(f"{name}: loss {loss:.3f}, {accuracy:.1%} of new digits are right")
pictures.lines(
    {name: (range(1, len(size) + 1), np.log10(size)) for name, size in found.items()},
    "Twenty convolutions: how much of the gradient reaches each",
    "layer, from the first to the last",
    "mean size of the biases' gradients, power of ten",
).save("deeper.png")
