"""A Keras program for Fashion-MNIST, as it stands in a textbook but for its first line."""

import numpy as np
import pytest
from idx_files import write_idx
from PIL import Image

import numcnn
from numcnn.datasets import silhouettes
from numcnn.datasets.files import four_files

PROGRAM = """
import numcnn as keras
(train_input, train_target), (test_input, test_target) = keras.datasets.fashion_mnist.load_data()
train_scaled = train_input.reshape(-1, 28, 28, 1) / 255.0
split = len(train_scaled) * 4 // 5
train_scaled, val_scaled = train_scaled[:split], train_scaled[split:]
train_target, val_target = train_target[:split], train_target[split:]
model = keras.Sequential()
model.add(keras.layers.Conv2D(32, kernel_size=3, activation='relu', padding='same', input_shape=(28, 28, 1)))
model.add(keras.layers.MaxPooling2D(2))
model.add(keras.layers.Conv2D(64, kernel_size=3, activation='relu', padding='same'))
model.add(keras.layers.MaxPooling2D(2))
model.add(keras.layers.Flatten())
model.add(keras.layers.Dense(100, activation='relu'))
model.add(keras.layers.Dropout(0.4))
model.add(keras.layers.Dense(10, activation='softmax'))
model.summary()
keras.utils.plot_model(model, show_shapes=True, to_file='cnn-architecture.png', dpi=300)
model.compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics='accuracy')
checkpoint_cb = keras.callbacks.ModelCheckpoint('best-cnn-model.h5')
early_stopping_cb = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
history = model.fit(train_scaled, train_target, epochs=20, validation_data=(val_scaled, val_target),
                    callbacks=[checkpoint_cb, early_stopping_cb])
history.history['loss'], history.history['val_loss']
model.evaluate(val_scaled, val_target)
preds = model.predict(val_scaled[:1])
"""  # noqa: E501, as the book has it


@pytest.fixture(scope="module")
def clothes():
    images, labels = silhouettes.generate(260, seed=7)
    return {
        "x_train": images[:200],
        "y_train": labels[:200],
        "x_test": images[200:],
        "y_test": labels[200:],
    }


def run(folder, monkeypatch):
    """Run the program in a folder of its own; return what its variables hold at the end."""
    monkeypatch.chdir(folder)
    numcnn.set_random_seed(0)
    variables = {}
    exec(compile(PROGRAM, "tutorial", "exec"), variables)
    return variables


def check(variables, folder, out):
    model, history = variables["model"], variables["history"]
    assert "Total params: 333,526 (1.27 MB)" in out
    assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    losses = history.history["val_loss"]
    best = int(np.argmin(losses))
    assert len(losses) in (20, best + 3)  # all epochs, or two without improvement
    loss, _ = model.evaluate(variables["val_scaled"], variables["val_target"], verbose=0)
    assert loss == pytest.approx(losses[best], rel=1e-6)  # the best weights are restored
    assert variables["preds"].shape == (1, 10)
    assert variables["preds"].sum() == pytest.approx(1, abs=1e-6)
    with Image.open(folder / "cnn-architecture.png") as picture:
        assert picture.info["dpi"][0] == pytest.approx(300, rel=1e-3)
    last = numcnn.models.load_model(folder / "best-cnn-model.h5")
    loss, accuracy = last.evaluate(variables["val_scaled"], variables["val_target"], verbose=0)
    assert loss == pytest.approx(losses[-1], rel=1e-6)  # the file is of the last epoch, as Keras's
    assert accuracy == pytest.approx(history.history["val_accuracy"][-1])


@pytest.mark.parametrize("place", ["fashion", ""], ids=["home/fashion", "home"])
def test_it_runs_with_the_files_in_the_home_folder(
    tmp_path, home, clothes, place, monkeypatch, capsys
):
    write_idx(home / place, clothes)
    variables = run(tmp_path, monkeypatch)
    assert len(variables["train_scaled"]) == 160
    check(variables, tmp_path, capsys.readouterr().out)


def test_it_runs_without_internet_on_silhouettes(tmp_path, home, monkeypatch, capsys, caplog):
    monkeypatch.setattr(four_files, "TRAIN", 200)
    monkeypatch.setattr(four_files, "TEST", 60)
    check(run(tmp_path, monkeypatch), tmp_path, capsys.readouterr().out)
    assert caplog.messages[-1].endswith("generated silhouettes, which is fine for learning.")


def test_it_reads_real_clothes(tmp_path, real_data, monkeypatch, capsys):
    monkeypatch.setenv("NUMCNN_HOME", str(real_data))
    variables = run(tmp_path, monkeypatch)
    check(variables, tmp_path, capsys.readouterr().out)
    assert max(variables["history"].history["val_accuracy"]) > 0.7
