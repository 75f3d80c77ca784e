"""Gradients of a score on every map are slopes, change nothing, and agree with occlusion."""

import numpy as np
import pytest

from numcnn import Sequential, layers
from numcnn.explain import Trace, occlusion, saliency
from numcnn.layers import Layer
from numcnn.losses import SparseCategoricalCrossentropy

RNG = np.random.default_rng(6)


def model_for(*row, seed=3):
    model = Sequential(row, seed=seed, dtype="float64")
    ends_in_softmax = getattr(getattr(row[-1], "activation", None), "name", "") == "softmax"
    model.compile("adam", SparseCategoricalCrossentropy(from_logits=not ends_in_softmax))
    return model


def small(**last):
    return model_for(
        layers.Conv2D(4, 3, activation="tanh", input_shape=(8, 8, 2)),
        layers.AveragePooling2D(2),
        layers.BatchNormalization(),
        layers.ZeroPadding2D(1),
        layers.Dropout(0.5),
        layers.Flatten(),
        layers.Dense(5, **{"activation": "softmax", **last}),
    )


def score_of(model, number, values, target, score):
    """The score if layer number `number` gives `values`."""
    *body, last = model.layers[number:]
    x = values[np.newaxis]
    for layer in body:
        x = layer.forward(x)
    logits = last.linear(x)[0]
    log_probs = logits - np.log(np.exp(logits).sum())
    return logits[target] if score == "class" else -log_probs[target]


@pytest.mark.parametrize("score", ["class", "loss"])
def test_the_gradient_on_every_map_is_the_slope_of_the_score(engine, score):
    model, x = small(), RNG.random((8, 8, 2))
    gradients = saliency(model, x, 2, score)
    outputs = Trace(model, x).outputs
    assert [g.shape for g in gradients] == [y.shape for y in outputs]
    for number, (gradient, values) in enumerate(zip(gradients[:-1], outputs, strict=False)):
        for place in RNG.integers(values.size, size=5):
            moved = [values.copy(), values.copy()]
            moved[0].flat[place] += 1e-5
            moved[1].flat[place] -= 1e-5
            up, down = (score_of(model, number, m, 2, score) for m in moved)
            assert gradient.flat[place] == pytest.approx((up - down) / 2e-5, abs=1e-8)


def test_the_model_is_not_changed():
    model, x = small(), RNG.random((8, 8, 2))
    model.fit(x[np.newaxis], [1], verbose=0)
    waiting = model.forward(x[np.newaxis], training=True, final_activation=False)
    before = [(p.value.copy(), np.array(p.grad)) for p in model.parameters]
    chance = model.layers[4].rng.bit_generator.state
    saliency(model, x, 0)
    occlusion(model, x, 0)
    assert model.layers[4].rng.bit_generator.state == chance
    for parameter, (value, grad) in zip(model.parameters, before, strict=True):
        assert (parameter.value == value).all() and (parameter.grad == grad).all()
    model.backward(np.ones_like(waiting), final_activation=False)  # its memory is still there


def test_occlusion_is_what_covering_by_hand_does():
    model, x = small(), RNG.random((8, 8, 2))
    found = occlusion(model, x, 1, patch=8)
    covered = Trace(model, np.zeros((8, 8, 2))).logits[-1][1]
    assert found.drop == pytest.approx(Trace(model, x).logits[-1][1] - covered)


def test_of_a_linear_model_gradient_and_occlusion_say_the_same():
    model = model_for(layers.Flatten(input_shape=(9, 7, 1)), layers.Dense(3, activation="softmax"))
    assert occlusion(model, RNG.random((9, 7, 1)), 2, patch=3).agreement == pytest.approx(1)


def test_a_score_that_does_not_depend_on_the_image_has_no_agreement():
    model = model_for(layers.Flatten(input_shape=(6, 6, 1)), layers.Dense(2))
    model.set_weights([np.zeros((36, 2)), np.zeros(2)])
    assert np.isnan(occlusion(model, RNG.random((6, 6, 1)), 0).agreement)


class Noise(Layer):
    def forward(self, x, training=False):
        return x + 1 if training else x

    def backward(self, dy):
        return dy


class Double(Layer):
    def forward(self, x, training=False):
        return 2 * x

    def backward(self, dy):
        return 2 * dy


def test_layers_of_a_learner_are_followed_if_they_act_in_training_as_in_prediction():
    model = model_for(Double(input_shape=(3,)), layers.Dense(2))
    assert saliency(model, [1, 2, 3], 0)[0] == pytest.approx(2 * model.layers[1].kernel.value[:, 0])
    with pytest.raises(ValueError, match='Noise "noise" acts differently in training'):
        saliency(model_for(Noise(input_shape=(3,)), layers.Dense(2)), [1, 2, 3], 0)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="target must be a class from 0 to 4"):
        saliency(small(), RNG.random((8, 8, 2)), 5)
    with pytest.raises(ValueError, match=r"score .* must be one of 'class', 'loss'"):
        saliency(small(), RNG.random((8, 8, 2)), 0, "logit")
    with pytest.raises(ValueError, match="occlusion needs an image"):
        occlusion(small(), RNG.random((8, 8, 2)), 0, patch=9)
