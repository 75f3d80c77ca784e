"""The visor's pages in a real browser."""

import threading

import numpy as np
import pytest
from browser import Watched, chromium

import numcnn
from benchmarks import models
from numcnn import layers, visor
from numcnn.datasets import digits

SCRIPT = "<script>alert('x')</script>"
TABS = ("Input data", "Model", "Training", "Evaluation", "Layers")


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


def handwriting():
    """The tutorial's model, not trained."""
    model = models.build("A")
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture(scope="module")
def samples():
    images, labels = digits.generate(1_500)
    return images[..., np.newaxis] / np.float32(255), labels.astype(int)


@pytest.fixture(scope="module")
def trained(samples):
    x, y = samples
    model = handwriting()
    history = model.fit(
        x[:1_000], y[:1_000], batch_size=50, epochs=2, verbose=0, validation_split=0.1
    )
    return model, history, (x[1_000:], y[1_000:])


@pytest.fixture(scope="module")
def report(trained, tmp_path_factory):
    model, history, data = trained
    names = [*map(str, range(9)), SCRIPT]
    return visor.report(
        model, history, data, tmp_path_factory.mktemp("report") / "report.html", names
    )


def test_the_report_opens_from_disk_without_network(browser, report):
    page = Watched(browser)
    page.page.context.set_offline(True)
    page.open(report.as_uri())
    for tab in TABS:
        page.show(tab)
        section = page.page.get_by_role("tabpanel", name=tab)
        assert section.is_visible()
        assert section.bounding_box()["height"] > 200
        assert page.page.get_by_role("tabpanel").count() == 1
    assert page.troubles == []
    assert [url for url in page.requests if not url.startswith("data:")] == [report.as_uri()]
    page.page.close()


def test_a_click_on_a_cell_shows_its_images_the_surest_first(browser, report, trained):
    model, _, (x, y) = trained
    probabilities = model.predict(x, verbose=0)
    found = probabilities.argmax(axis=1)
    page = Watched(browser)
    page.open(report.as_uri(), "evaluation")
    wrong = np.flatnonzero(found != y)
    for row, column in ((3, 3), (y[wrong[0]], found[wrong[0]])):
        page.click_cell(int(row), int(column))
        cell = np.flatnonzero((y == row) & (found == column))
        expected = cell[np.argsort(-probabilities[cell, column], kind="stable")][:60]
        images = page.page.locator("figure img[alt^='sample']")
        page.page.get_by_alt_text(f"sample {expected[0]}", exact=True).wait_for()
        alts = [images.nth(k).get_attribute("alt") for k in range(images.count())]
        assert alts == [f"sample {sample}" for sample in expected]
        pixels = images.first.evaluate(
            """image => {
              const canvas = document.createElement("canvas")
              canvas.width = canvas.height = 28
              const context = canvas.getContext("2d")
              context.drawImage(image, 0, 0, 28, 28)
              return [...context.getImageData(0, 0, 28, 28).data].filter((_, k) => k % 4 === 0)
            }"""
        )
        np.testing.assert_array_equal(pixels, (x[expected[0]] * 255).round().ravel())
    assert page.troubles == []
    page.page.close()


def test_a_cell_can_be_chosen_with_the_keyboard(browser, report):
    page = Watched(browser)
    page.open(report.as_uri())
    page.page.get_by_role("tab", name="Input data").focus()
    for key in ("End", "ArrowLeft", "ArrowRight", "ArrowLeft"):
        page.page.keyboard.press(key)
    assert page.page.get_by_role("tab", name="Evaluation").get_attribute("aria-selected") == "true"
    page.page.get_by_label("Label").select_option("2")
    page.page.get_by_label("Predicted as").select_option("2")
    page.page.get_by_role("heading", name="Label 2, predicted as 2").wait_for()
    page.page.close()


def test_a_class_named_script_stays_text(browser, report):
    page = Watched(browser)
    page.open(report.as_uri(), "evaluation")
    page.click_cell(9, 9)
    words = f"abel {SCRIPT}, predicted as {SCRIPT}"
    page.page.get_by_role("heading", name=f"L{words}").wait_for()
    page.page.locator("div", has_text=f"l{words}").last.wait_for()  # the mouse's tooltip
    page.show("Input data")
    assert page.page.get_by_text(SCRIPT).first.is_visible()
    assert page.troubles == []
    page.page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_window_needs_no_scrolling_sideways(browser, report, scheme):
    page = Watched(browser, width=360, scheme=scheme)
    page.open(report.as_uri())
    for tab in TABS:
        page.show(tab)
        page.page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, tab
    page.click_cell(2, 2)  # with a cell selected, too, numbers are in the ink of the page
    inks = page.evaluate(
        """[...Bokeh.documents[0]._all_models.values()]
           .filter(model => model.tags.includes("ink")).map(model => model.text_color.value)"""
    )
    ink = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--ink')")
    assert set(inks) == {ink}
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")
    page.page.close()


def test_a_live_page_follows_a_training(browser, samples):
    x, y = samples
    model = handwriting()
    live = visor.show(model, (x[1_000:], y[1_000:]), open_browser=False)
    first, second = Watched(browser), Watched(browser)
    for page in (first, second):
        page.open(live.url, "training")
        page.page.get_by_text("The training has not begun.").wait_for()

    resume, halfway = threading.Event(), threading.Event()

    def pause(epoch, logs):
        if epoch == 1:
            halfway.set()
            resume.wait(60)

    callbacks = [
        visor.FitCallbacks(page=live),
        numcnn.callbacks.LambdaCallback(on_epoch_end=pause),
    ]

    def fit():
        model.fit(
            x[:1_000],
            y[:1_000],
            batch_size=50,
            epochs=4,
            verbose=0,
            validation_split=0.1,
            callbacks=callbacks,
        )

    training = threading.Thread(target=fit)
    training.start()
    try:
        assert halfway.wait(60)
        for page in (first, second):
            page.wait("model('epochs loss')?.data.validation.length === 2")
            page.wait("model('batches')?.data.accuracy.length > 0")
        points = first.evaluate("model('batches').data.epoch.length")
        second.page.reload()
        second.wait("model('epochs loss')?.data.training.length === 2")
        second.page.close()  # harms nothing
        resume.set()
        first.wait("model('epochs loss').data.training.length === 4")
        assert first.evaluate("model('batches').data.epoch.length") >= points
        first.page.set_viewport_size({"width": 360, "height": 800})
        first.page.wait_for_timeout(500)
        assert first.evaluate("document.documentElement.scrollWidth") <= 360
        first.page.get_by_text("Done after epoch 4 of 4.").wait_for()
        assert first.page.get_by_text("images a second").is_visible()
        shown = first.evaluate("[...model('epochs accuracy').data.validation]")
        np.testing.assert_allclose(shown, model.history.history["val_accuracy"])

        first.show("Evaluation")
        found = model.predict(live.subject.x, verbose=0).argmax(axis=1)
        right = np.mean(found == live.subject.labels) * 100
        first.page.get_by_text(f"{right:.2f} % of 500 samples").wait_for()
        first.page.locator("[data-show][data-class]").first.click()  # the surest mistake
        first.page.locator('.picker [aria-pressed="true"]').wait_for()
        first.page.get_by_role("heading", name="dense[").wait_for()
        first.show("Evaluation")
        first.click_cell(1, 1)
        first.page.get_by_role("heading", name="Label 1, predicted as 1").wait_for()
        first.show("Model")
        first.page.get_by_text("5 · 5 · 1 · 8 + 8 = 208 parameters").wait_for()
        assert first.troubles == []
    finally:
        resume.set()
        training.join()
        first.page.close()
        live.close()


def test_what_is_looked_at_follows_the_weights(browser, samples):
    x, y = samples
    model = handwriting()
    live = visor.show(model, (x[:200], y[:200]), open_browser=False)
    page = Watched(browser)
    page.open(live.url, "model")
    try:
        page.wait("model('conv2d kernel')")
        model.fit(x, y, epochs=2, verbose=0, callbacks=visor.FitCallbacks("loss", page=live))
        first = float(model.get_weights()[0][0, 0, 0, 0])
        page.wait(f"Math.abs(model('maps').data.image[0][0] - {first!r}) < 1e-6")
        after = page.evaluate("[...model('maps').data.image[0]]")
        np.testing.assert_allclose(after, model.get_weights()[0][:, :, 0, 0].ravel(), rtol=1e-6)
        assert page.troubles == []
    finally:
        page.page.close()
        live.close()


def test_colour_images_and_models_without_convolution(browser, tmp_path):
    rng = np.random.default_rng(0)
    colour = numcnn.Sequential(
        [
            layers.Conv2D(4, 3, activation="relu", padding="same", input_shape=(12, 10, 3)),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(3, activation="softmax"),
        ],
        seed=0,
    )
    dense = numcnn.Sequential(
        [
            layers.Dense(20, activation="tanh", input_shape=(7,)),
            layers.Dense(1, activation="sigmoid"),
        ],
        seed=0,
    )
    for model, classes in ((colour, 3), (dense, 2)):
        x = rng.random((40, *model.input_shape[1:]), dtype=np.float32)
        y = np.arange(40) % classes
        path = visor.report(model, None, (x, y), tmp_path / f"{classes}.html")
        page = Watched(browser)
        page.open(path.as_uri(), "evaluation")
        row, column = int(y[0]), int(visor.Subject(model, (x, y)).probabilities[0].argmax())
        page.click_cell(row, column)
        page.page.get_by_alt_text("sample 0", exact=True).wait_for()
        for tab in TABS:
            page.show(tab)
        assert page.troubles == []
        page.page.close()
