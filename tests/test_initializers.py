"""Initializers: ranges, variances, and where their chance comes from."""

import numpy as np
import pytest

from numcnn import initializers
from numcnn.configuration import snake_case
from numcnn.initializers import GlorotUniform, VarianceScaling

SHAPE = (5, 5, 32, 64)  # fan in 800, fan out 1600


@pytest.mark.parametrize(
    ("name", "variance", "limit"),
    [
        ("glorot_uniform", 2 / 2400, np.sqrt(6 / 2400)),
        ("glorot_normal", 2 / 2400, 2 * np.sqrt(2 / 2400) / 0.8796256610342398),
        ("he_uniform", 2 / 800, np.sqrt(6 / 800)),
        ("he_normal", 2 / 800, 2 * np.sqrt(2 / 800) / 0.8796256610342398),
        ("lecun_normal", 1 / 800, 2 * np.sqrt(1 / 800) / 0.8796256610342398),
        ("lecun_uniform", 1 / 800, np.sqrt(3 / 800)),
        ("random_normal", 0.05**2, 0.05 * 5.5),  # hardly a number is further out
        ("random_uniform", 0.1**2 / 12, 0.05),
        ("truncated_normal", (0.05 * 0.8796256610342398) ** 2, 0.1),
        ("variance_scaling", 1 / 800, 2 * np.sqrt(1 / 800) / 0.8796256610342398),
    ],
)
def test_mean_variance_and_range_are_those_of_the_formula(name, variance, limit):
    numbers = initializers.get(name)(SHAPE, np.float64, np.random.default_rng(0))
    assert abs(numbers.mean()) < 5 * np.sqrt(variance / numbers.size)
    assert numbers.var() == pytest.approx(variance, rel=0.02)
    assert (0.98 if name != "random_normal" else 0.8) * limit < np.abs(numbers).max() <= limit


def test_the_fan_counts_the_window():
    assert initializers.fans((5, 5, 8, 16)) == (200, 400)
    assert initializers.fans((784, 10)) == (784, 10)
    assert initializers.fans((7,)) == (7, 7)


@pytest.mark.parametrize("mode", ["fan_in", "fan_out", "fan_avg"])
@pytest.mark.parametrize("distribution", ["uniform", "truncated_normal", "untruncated_normal"])
def test_variance_scaling_has_the_variance_asked_for(mode, distribution):
    scaling = VarianceScaling(3.0, mode, distribution)
    numbers = scaling(SHAPE, np.float64, np.random.default_rng(1))
    fan = {"fan_in": 800, "fan_out": 1600, "fan_avg": 1200}[mode]
    assert numbers.var() == pytest.approx(3 / fan, rel=0.02)


def test_float32_gets_the_rounded_float64_numbers():
    single = GlorotUniform(seed=3)((4, 4))
    double = GlorotUniform(seed=3)((4, 4), np.float64)
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, double.astype(np.float32))


def test_an_own_seed_wins_over_the_generator_given():
    one = GlorotUniform(seed=3)((4, 4), rng=np.random.default_rng(0))
    other = GlorotUniform(seed=3)((4, 4), rng=np.random.default_rng(1))
    np.testing.assert_array_equal(one, other)


def test_zeros_and_ones():
    assert (initializers.get("zeros")((3,)) == 0).all()
    assert (initializers.get("Ones")((3,)) == 1).all()
    assert type(initializers.get("VarianceScaling")) is VarianceScaling


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("normal", initializers.RandomNormal),
        ("RandomUniform", initializers.RandomUniform),
        ("uniform", initializers.RandomUniform),
        ("TruncatedNormal", initializers.TruncatedNormal),
        ("lecun_uniform", initializers.LecunUniform),
        ("HeNormal", initializers.HeNormal),
        ("zero", initializers.Zeros),
        (initializers.Ones, initializers.Ones),
        ({"class_name": "Constant", "config": {"value": 2.0}}, initializers.Constant),
    ],
)
def test_an_initializer_is_found_by_its_names(name, kind):
    assert type(initializers.get(name)) is kind


def test_the_distributions_are_where_they_are_told_to_be():
    rng = np.random.default_rng(0)
    assert initializers.RandomNormal(3.0, 0.5)(SHAPE, np.float64, rng).mean() == pytest.approx(
        3.0, abs=0.02
    )
    uniform = initializers.RandomUniform(1.0, 3.0)(SHAPE, np.float64, rng)
    assert uniform.min() >= 1 and uniform.max() < 3 and uniform.mean() == pytest.approx(2, abs=0.02)
    truncated = initializers.TruncatedNormal(-1.0, 0.1)(SHAPE, np.float64, rng)
    assert truncated.min() >= -1.2 and truncated.max() <= -0.8
    assert (initializers.Constant(0.3)((4,), np.float64) == 0.3).all()
    with pytest.raises(ValueError, match="maxval must be a finite number, at least 1"):
        initializers.RandomUniform(1.0, 0.0)


@pytest.mark.parametrize(
    "kind", sorted(set(initializers.INITIALIZERS.names.values()), key=lambda kind: kind.__name__)
)
def test_keras_s_lower_case_names_are_the_classes(kind):
    assert getattr(initializers, snake_case(kind.__name__)) is kind
