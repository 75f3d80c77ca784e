"""Break it on purpose: small networks with one thing wrong each, beside a healthy twin.

For each: the curves, in a sentence why, and the tool that would have caught it, with what that tool
says here.  Everything goes into one page, which opens in any browser:

python examples/break_it.py [--out out/break_it.html]      needs Bokeh: pip install ".[visor]"
"""

import argparse
import math
import sys
import warnings
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import numpy as np

try:
    from bokeh.models import BasicTickFormatter, Column, FixedTicker
except ImportError:
    raise SystemExit('the page is drawn with Bokeh: pip install ".[visor]"') from None

import numcnn
from numcnn import layers, metrics, visor
from numcnn.datasets import digits
from numcnn.engine import active_engine
from numcnn.explain.wiring import wiring
from numcnn.gradcheck import check_layer
from numcnn.initializers import RandomNormal
from numcnn.losses import SparseCategoricalCrossentropy
from numcnn.optimizers import Adam
from numcnn.parameter import Parameter
from numcnn.visor.figures.curves import legend_above, side_by_side
from numcnn.visor.figures.theme import TRAINING, VALIDATION, chart, html

TRAIN, TEST = 3_000, 500
EPOCHS, BATCH = 5, 50
LOSSES = [0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000]  # with a number on the axis
GUESSING = math.log(10)  # the loss of a network that knows nothing of ten classes


@dataclass
class Break:
    """One thing wrong: what, why it hurts, and what a tool says of it."""

    title: str
    why: str
    tool: str
    output: str
    broken: dict
    healthy: dict
    figures: list = field(default_factory=list)


def network(pooling=layers.MaxPooling2D, **convolution):
    """A small network for digits, ready to be trained."""
    return numcnn.Sequential(
        [
            layers.Conv2D(8, 5, activation="relu", input_shape=(28, 28, 1), **convolution),
            pooling(3, strides=2, padding="same"),
            layers.Conv2D(16, 5, activation="relu", **convolution),
            pooling(3, strides=2, padding="same"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax", **convolution),
        ],
        seed=0,
    )


def train(model, data, optimizer="adam", loss="sparse_categorical_crossentropy", **options):
    """Train, and return the history."""
    x, y, *validation = data
    model.compile(optimizer, loss, metrics=["accuracy"])
    if validation:
        options["validation_data"] = tuple(validation)
    return model.fit(x, y, BATCH, EPOCHS, verbose=0, **options).history


def untrained_loss(model, data):
    """The first thing to look at: the loss before any training should be that of guessing."""
    model.compile("adam", "sparse_categorical_crossentropy")
    loss = model.evaluate(data[0], data[1], BATCH, verbose=0)
    verdict = "fine" if loss < 2 * GUESSING else "WRONG"
    return f"untrained loss {loss:.2f}; guessing has ln 10 = {GUESSING:.2f}: {verdict}"


def silent_shares(model, x):
    """How much of what each layer says is exactly zero, and of how many of its maps everything."""
    lines = []
    for layer in model.layers[:4]:
        x = layer.forward(x)
        silent = (x == 0).all(axis=(0, 1, 2)).sum()
        lines.append(
            f"{layer.name:<16} zeros {(x == 0).mean():6.1%}, silent maps {silent} of {x.shape[-1]}"
        )
    return "\n".join(lines)


# --- the breaks ----------------------------------------------------------------------------------


def no_scaling(data, healthy):
    x, y, x_test, y_test = data
    raw = (255 * x, y, 255 * x_test, y_test)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        broken = train(network(), raw)
    return Break(
        "Pixels from 0 to 255",
        "The initial weights are made for numbers of about 1: with pixels 255 times as large all "
        "that follows is 255 times as large too, and softmax is dead sure of nonsense.",
        "The untrained loss, and what numcnn says itself",
        f"{untrained_loss(network(), raw)}\n{warned[0].message}",
        broken,
        healthy,
    )


def zero_weights(data, healthy):
    model = network(kernel_initializer="zeros")
    broken = train(model, data)
    kernels = {layer.name: layer.kernel for layer in model.layers if hasattr(layer, "kernel")}
    zeros = [f"{name}: {(kernel.value == 0).mean():.0%} zeros" for name, kernel in kernels.items()]
    return Break(
        "All weights zero",
        "Every map is zero, so no weight has a gradient; only the last bias learns, which is how "
        "common each class is.",
        "The histogram of the weights, here after the training",
        "\n".join(zeros),
        broken,
        healthy,
        [visor.plot_weights(model)],
    )


def large_weights(data, healthy):
    wild = {"kernel_initializer": RandomNormal(stddev=1.0)}
    return Break(
        "Weights too large at first",
        "Each layer multiplies the size of what goes through it: the network is very sure and very "
        "wrong, and most of the training goes into taking that back.",
        "The untrained loss",
        untrained_loss(network(**wild), data),
        train(network(**wild), data),
        healthy,
    )


def learning_rate(data, healthy):
    model = network()
    before = silent_shares(model, data[0][:200])
    broken = train(model, data, Adam(0.1))
    return Break(
        "A learning rate 100 times too large",
        "The first steps throw the weights so far that maps give nothing but zeros on every image; "
        "where ReLU gives zero there is no gradient, and no way back.",
        "How much of each layer's output is zero",
        f"before\n{before}\n\nafter\n{silent_shares(model, data[0][:200])}",
        broken,
        healthy,
    )


def sorted_labels(data, healthy):
    x, y = data[:2]
    order = np.argsort(y, kind="stable")
    model = network()
    broken = train(model, (x[order], y[order]), validation_split=0.2, shuffle=False)
    split = int(len(y) * 0.8)
    held_out = order[split:]
    counts = [np.bincount(y[part], minlength=10) for part in (order[:split], held_out)]
    shares, _ = metrics.per_class_accuracy(y[held_out], model.predict(x[held_out], verbose=0), 10)
    rows = [
        f"{digit:>5} {learned:>8} {checked:>10} {share:>14.1%}"
        for digit, (learned, checked, share) in enumerate(zip(*counts, shares, strict=True))
        if checked
    ]
    return Break(
        "Sorted labels, and the last fifth held out",
        "The last samples are held out, as they are, before anything is shuffled: sorted by label "
        "they are all eights and nines, of which the network has hardly seen any.",
        "Counts and accuracy by class",
        "digit  learned  validated  accuracy there\n" + "\n".join(rows),
        broken,
        healthy,
    )


class UncorrectedAdam(Adam):
    """Adam without the correction of its running means, which begin at zero."""

    def update_one(self, value, grad, learning_rate, m, v):
        update = active_engine().adam_update
        update(value, grad, m, v, learning_rate, self.beta_1, self.beta_2, self.epsilon)


def uncorrected_adam(data, healthy):
    def first_step(optimizer):
        weight = Parameter(np.array([1.0]), "w")
        weight.grad = np.array([0.5])
        optimizer.update([weight])
        return 1 - weight.value[0]

    right, wrong = first_step(Adam()), first_step(UncorrectedAdam())
    return Break(
        "Adam without bias correction",
        "The running means of the gradients and of their squares begin at zero, the second much "
        "further from the truth: the first steps are three times as large as they should be, and "
        "at the learning rate of both twins here, 0.01, that is too much.",
        "A step worked by hand: Adam's first is the learning rate, whatever the gradient",
        f"right {right:.6f}, here {wrong:.6f}: {wrong / right:.2f} times as much, 0.1/sqrt(0.001)",
        train(network(), data, UncorrectedAdam(0.01)),
        train(network(), data, Adam(0.01)),
    )


class ClippedCrossentropy(SparseCategoricalCrossentropy):
    """Cross-entropy of probabilities, clipped: what a loss must do that never sees the logits."""

    absorbs = None


def clipped_loss(data, healthy):
    x, y = data[:2]
    wild = {"kernel_initializer": RandomNormal(stddev=0.5)}
    probs = network(**wild).predict(x, verbose=0)
    loss = ClippedCrossentropy()
    values, cache = loss.forward(y, probs)
    dead = (loss.backward(np.ones(len(y), probs.dtype), cache) == 0).all(axis=1)
    return Break(
        "Cross-entropy of clipped probabilities",
        "Where the network is most wrong the probability is below 1e-7 and clipped, and a clipped "
        "number has no gradient: both twins start with weights too large, and the learning rate "
        "0.01, but only the one whose loss is computed from the logits has a way back.",
        "The gradient of the loss, image by image, before training",
        f"gradient exactly 0 on {dead.sum():,} of {len(y):,} images, mean loss there "
        f"{values[dead].mean():.2f}",
        train(network(**wild), data, Adam(0.01), loss),
        train(network(**wild), data, Adam(0.01)),
    )


class WrongAveragePooling(layers.AveragePooling2D):
    """The mean over the window's cells in the image; its gradient, as if all cells were in it."""

    def backward(self, dy):
        in_image = wiring(self).steps[0].operand.reshape(dy.shape[1:])  # cells of each window
        return super().backward(dy * in_image / math.prod(self.pool_size))


def wrong_average_pooling(data, healthy):
    report = check_layer(WrongAveragePooling(3, 2, "same"), input_shape=(6, 6, 1), step=1.0)
    return Break(
        "An average pool with a wrong gradient",
        "The gradient of the windows at the edge is too small. It learns nearly as well, and that "
        "is the trouble: no curve shows such a mistake, and it has stayed in libraries for years.",
        "The gradient check",
        str(report),
        train(network(WrongAveragePooling), data),
        train(network(layers.AveragePooling2D), data),
    )


BREAKS = [
    no_scaling,
    zero_weights,
    large_weights,
    learning_rate,
    sorted_labels,
    uncorrected_adam,
    clipped_loss,
    wrong_average_pooling,
]


# --- the page ------------------------------------------------------------------------------------


def curves(one, name, title, **options):
    """A chart of one metric of the broken network and of its healthy twin."""
    plot = chart(title, "epoch", name.replace("val_", "validation "), height=260, **options)
    legend_above(plot)
    for history, label, colour, dash in (
        (one.healthy, "healthy", TRAINING, "solid"),
        (one.broken, "broken", VALIDATION, "dashed"),
    ):
        epochs = list(range(1, len(history[name]) + 1))
        look = {"color": colour, "legend_label": label}
        plot.line(epochs, history[name], line_width=2, line_dash=dash, **look)
        plot.scatter(epochs, history[name], size=6, **look)
    plot.xaxis.ticker = list(range(1, EPOCHS + 1))
    if name == "loss":
        plot.yaxis.ticker, plot.yaxis.formatter = FixedTicker(ticks=LOSSES), BasicTickFormatter()
    return plot


def section(number, one):
    """What the page says of one break."""
    return Column(
        html(f"<h2>{number}. {escape(one.title)}</h2><p>{escape(one.why)}</p>"),
        side_by_side(
            [
                curves(one, "loss", "Training loss, on a logarithmic axis", y_axis_type="log"),
                curves(one, "val_accuracy", "Accuracy on the validation data", y_range=(0, 1.02)),
            ]
        ),
        html(
            f"<h3>{escape(one.tool)}</h3>"
            f"<pre style='white-space: pre-wrap; margin: 0'>{escape(one.output)}</pre>"
        ),
        *one.figures,
        sizing_mode="stretch_width",
        styles={"gap": "0.5rem", "padding-bottom": "1.5rem"},
    )


def main():
    args = parse_arguments()
    images, labels = digits.generate(TRAIN + TEST)
    x, y = images[..., np.newaxis] / np.float32(255), labels.astype(int)
    data = (x[:TRAIN], y[:TRAIN], x[TRAIN:], y[TRAIN:])
    healthy = train(network(), data)
    sections = []
    for number, make in enumerate(BREAKS, start=1):
        one = make(data, healthy)
        accuracies = f"{one.broken['val_accuracy'][-1]:.3f} ({one.healthy['val_accuracy'][-1]:.3f})"
        print(f"{number}. {one.title}: accuracy {accuracies}")
        print("   " + one.output.replace("\n", "\n   "))
        sections.append(section(number, one))
    gallery = Column(*sections, sizing_mode="stretch_width")
    subtitle = f"Networks that learn from {TRAIN:,} generated digits, in {EPOCHS} epochs each"
    args.out.parent.mkdir(parents=True, exist_ok=True)
    print(
        visor.save(
            visor.tabbed_page("Break it on purpose", subtitle, {"Gallery": gallery}), args.out
        )
    )


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out/break_it.html"))
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
