"""Options of every optimizer: accumulated gradients and running means; constraints; metrics."""

import numpy as np
import pytest

import numcnn
from numcnn import callbacks, constraints, layers, metrics, models, optimizers

X = np.linspace(-1, 1, 70).reshape(14, 5).astype(np.float32)
Y = np.arange(14) % 2


def model(optimizer, **options):
    made = numcnn.Sequential(
        [layers.Dense(2, activation="softmax", input_shape=(5,), **options)], seed=3
    )
    made.compile(optimizer, "sparse_categorical_crossentropy")
    return made


def weights(of):
    return np.concatenate([w.ravel() for w in of.get_weights()])


def fit(of, **options):
    return of.fit(X, Y, verbose=0, **({"batch_size": 4, "shuffle": False} | options))


def test_accumulated_batches_make_the_update_of_one_large_batch():
    one, other = model(optimizers.SGD(0.5)), model(optimizers.SGD(0.5))
    one.compile(optimizers.SGD(0.5, gradient_accumulation_steps=2), one.loss)
    fit(one, batch_size=7)
    fit(other, batch_size=14)
    np.testing.assert_allclose(weights(one), weights(other), rtol=1e-6)
    assert one.optimizer.iterations == 1


def test_batches_left_at_the_end_of_an_epoch_make_an_update_of_their_mean():
    subject = model(optimizers.SGD(1.0, gradient_accumulation_steps=3))
    fit(subject, epochs=2)  # 4 batches: 3 and 1, twice
    assert subject.optimizer.iterations == 4
    assert subject.optimizer.accumulated == 0
    begun = model(optimizers.SGD(1.0, gradient_accumulation_steps=3))
    before = weights(begun)
    begun.train_on_batch(X, Y)
    np.testing.assert_array_equal(weights(begun), before)
    begun.optimizer.update_by_accumulated(begun.parameters)
    whole = model(optimizers.SGD(1.0))
    whole.train_on_batch(X, Y)
    np.testing.assert_allclose(weights(begun), weights(whole), rtol=1e-6)


def test_a_schedule_counts_updates_and_not_batches():
    asked = []

    class Spy(optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            asked.append(step)
            return 0.1

    fit(model(optimizers.SGD(Spy(), gradient_accumulation_steps=2)), callbacks=[])
    assert sorted(set(asked)) == [0, 1]


@pytest.mark.parametrize("ending", [".keras", ".h5", ".safetensors"])
def test_gradients_that_wait_are_kept_in_files(tmp_path, ending):
    path = tmp_path / f"model{ending}"
    subject = model(optimizers.SGD(0.5, momentum=0.9, gradient_accumulation_steps=3))
    for rows in (slice(0, 4), slice(4, 8)):
        subject.train_on_batch(X[rows], Y[rows])
    subject.save(path)
    again = models.load_model(path)
    assert (again.optimizer.iterations, again.optimizer.accumulated) == (0, 2)
    for one in (subject, again):
        one.train_on_batch(X[8:], Y[8:])
        assert (one.optimizer.iterations, one.optimizer.accumulated) == (1, 0)
    np.testing.assert_array_equal(weights(subject), weights(again))


def test_means_are_given_to_the_model_at_the_end_and_go_on_in_the_next_fit():
    subject = model(optimizers.SGD(0.5, use_ema=True, ema_momentum=0.75))
    seen = []
    watch = callbacks.LambdaCallback(on_train_batch_end=lambda *_: seen.append(weights(subject)))
    fit(subject, callbacks=[watch])
    mean = seen[0]
    for value in seen[1:]:
        mean = 0.75 * mean + 0.25 * value
    np.testing.assert_allclose(weights(subject), mean, rtol=1e-5)


def test_the_weights_of_the_best_epoch_are_its_means():
    """In Keras EarlyStopping undoes `use_ema`."""
    subject = model(optimizers.SGD(0.5, use_ema=True))
    means = []

    class Watch(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            kept = subject.optimizer.final_weights(subject.parameters)
            means.append(np.concatenate([w.ravel() for w in kept]))
            logs["score"] = [1.0, 3.0, 2.0][epoch]

    stop = callbacks.EarlyStopping("score", mode="max", patience=5, restore_best_weights=True)
    logs = {}

    class Tell(Watch):
        def on_epoch_end(self, epoch, logs_=None):
            super().on_epoch_end(epoch, logs)
            stop.on_epoch_end(epoch, logs)

    stop.set_model(subject)
    fit(subject, epochs=3, callbacks=[Tell()])
    stop.on_train_end()
    np.testing.assert_array_equal(weights(subject), means[1])


def test_a_constraint_holds_after_every_update_and_for_the_means():
    options = {"kernel_constraint": constraints.MaxNorm(0.5), "bias_constraint": "non_neg"}
    subject = model(optimizers.SGD(5.0, use_ema=True), **options)
    norms = []

    def look(*_):
        kernel, bias = subject.get_weights()
        norms.append(np.linalg.norm(kernel, axis=0).max())
        assert (bias >= 0).all()

    fit(subject, epochs=2, callbacks=[callbacks.LambdaCallback(on_train_batch_end=look)])
    look()
    assert 0.4 < max(norms) <= 0.5 + 1e-6


def test_constraints_go_through_configurations_and_clones():
    layer = layers.Conv2D(2, 3, kernel_constraint=constraints.UnitNorm([0, 1, 2]))
    again = layers.deserialize(layers.serialize(layer))
    assert again.kernel_constraint.axis == [0, 1, 2]
    with pytest.raises(TypeError, match="did you mean 'kernel_constraint'"):
        layers.Conv2D(2, 3, kernel_constrain="non_neg")
    with pytest.raises(ValueError, match="can't have axis=2"):
        layers.Dense(2, kernel_constraint=constraints.MaxNorm(axis=2)).kernel_constraint(
            np.ones((2, 2))
        )


def test_lion_moves_every_weight_by_the_learning_rate():
    from numcnn.parameter import Parameter

    w = Parameter(np.zeros(3), "w")
    w.grad = np.array([1e-9, -1e9, 0.0])
    optimizers.Lion(0.5).update([w])
    assert w.value.tolist() == [-0.5, 0.5, 0]


def test_the_step_of_muon_has_singular_values_near_one():
    rng = np.random.default_rng(0)
    step = optimizers.Muon().orthogonal(rng.normal(size=(30, 8)))
    values = np.linalg.svd(step)[1]
    assert values.min() > 0.6 and values.max() < 1.3


def test_counts_of_all_batches_are_added_before_they_divide():
    """The mean of the precisions of batches would be another number."""
    precision = metrics.Precision()
    precision.update_state([1, 0, 0], [0.9, 0.8, 0.7])
    precision.update_state([1], [0.9])
    assert precision.result() == 0.5
    subject = numcnn.Sequential([layers.Input((1,)), layers.Activation("linear")])
    subject.compile("sgd", "mse", metrics=[metrics.Precision(), metrics.AUC()])
    scores = np.array([[0.9], [0.8], [0.7], [0.9]])
    labels = np.array([1, 0, 0, 1])
    logs = subject.evaluate(scores, labels, batch_size=3, verbose=0, return_dict=True)
    assert (logs["precision"], logs["auc"]) == (0.5, pytest.approx(1.0))


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        (metrics.Precision(), "use numcnn.utils.to_categorical"),
        (metrics.F1Score("macro"), "needs labels of 0 and 1"),
        (metrics.Mean(), "is the mean of values"),
    ],
)
def test_metrics_that_do_not_fit_are_refused_before_training(metric, message):
    subject = model("sgd")
    subject.compile("sgd", "sparse_categorical_crossentropy", metrics=[metric])
    with pytest.raises(ValueError, match=message):
        fit(subject)


@pytest.mark.parametrize("metric", [metrics.Recall([0.2, 0.5]), metrics.F1Score()])
def test_a_metric_of_several_numbers_is_for_use_alone(metric):
    subject = numcnn.Sequential([layers.Dense(2, input_shape=(5,))])
    with pytest.raises(ValueError, match="a history holds one number"):
        subject.compile("sgd", "mse", metrics=[metric])


def test_precision_and_recall_at_several_thresholds():
    """Computed by Keras 3.15.1 on TensorFlow 2.21."""
    y, p = [0, 1, 1, 0, 1], [0.1, 0.4, 0.35, 0.8, 0.9]
    for kind, expected in (
        (metrics.Precision, [0.75, 0.5, 0.0]),
        (metrics.Recall, [1.0, 1 / 3, 0.0]),
    ):
        metric = kind(thresholds=[0.3, 0.5, 0.95])
        metric.update_state(y[:2], p[:2])
        metric.update_state(y[2:], p[2:])
        np.testing.assert_allclose(metric.result(), expected, rtol=1e-6)
        assert kind.from_config(metric.get_config()).thresholds == [0.3, 0.5, 0.95]
        one = kind(thresholds=[0.5])
        one.update_state(y, p)
        assert one.result() == pytest.approx(expected[1])


def test_an_interrupted_training_knows_what_its_metrics_have_counted(tmp_path):
    def compiled():
        made = numcnn.Sequential([layers.Dense(2, activation="softmax", input_shape=(5,))], seed=1)
        made.compile(
            optimizers.SGD(0.1, gradient_accumulation_steps=3),
            "categorical_crossentropy",
            metrics=[metrics.AUC(), metrics.F1Score("macro"), "accuracy"],
        )
        return made

    labels = np.eye(2)[Y]
    whole = compiled().fit(X, labels, batch_size=2, epochs=2, verbose=0, shuffle=False).history

    class Stop(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if self.model.position.epoch == 1 and batch == 4:
                raise KeyboardInterrupt

    keep = lambda: callbacks.BackupAndRestore(tmp_path / "backup", save_freq=1)  # noqa: E731
    with pytest.raises(KeyboardInterrupt):
        compiled().fit(
            X, labels, batch_size=2, epochs=2, verbose=0, shuffle=False, callbacks=[keep(), Stop()]
        )
    again = compiled().fit(
        X, labels, batch_size=2, epochs=2, verbose=0, shuffle=False, callbacks=[keep()]
    )
    assert again.history == whole


def test_validation_after_the_epochs_in_a_list():
    subject = model("sgd")
    history = fit(subject, epochs=4, validation_data=(X, Y), validation_freq=[2, 3]).history
    assert len(history["loss"]) == 4 and len(history["val_loss"]) == 2
    with pytest.raises(ValueError, match="validation_freq must be at least 1"):
        fit(subject, validation_data=(X, Y), validation_freq=[0])
