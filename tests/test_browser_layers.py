"""In a real browser: the tab Layers of a saved page does the same arithmetic as Python."""

import json
from decimal import Decimal

import numpy as np
import pytest
from browser import Watched, chromium

from numcnn import Sequential, layers, visor
from numcnn.datasets import digits
from numcnn.explain import Trace
from numcnn.visor.ask.answers import record
from numcnn.visor.tabs.layers import choose

RNG = np.random.default_rng(9)
MODELS = {
    "tutorial": [
        layers.Conv2D(8, 5, activation="relu", input_shape=(28, 28, 1)),
        layers.MaxPooling2D(2),
        layers.Conv2D(16, 5, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(10, activation="softmax"),
    ],
    "colour": [
        layers.Conv2D(5, (3, 2), (2, 1), "same", activation="tanh", input_shape=(12, 10, 3)),
        layers.AveragePooling2D(3, 2, "same"),
        layers.Dropout(0.3),
        layers.ReLU(),
        layers.Flatten(),
        layers.Dense(30, activation="sigmoid"),
        layers.Dense(3),
        layers.Softmax(),
    ],
}


@pytest.fixture(scope="module", params=MODELS)
def report(request, tmp_path_factory):
    """A saved page, and what it is about."""
    model = Sequential(MODELS[request.param], seed=4)
    for parameter in model.parameters:
        parameter.value += RNG.normal(0, 0.05, parameter.value.shape)
    if request.param == "tutorial":
        images, labels = digits.generate(60)
        x = images[..., np.newaxis] / np.float32(255)
    else:
        x, labels = RNG.random((60, 12, 10, 3)).astype(np.float32), np.arange(60) % 3
    path = tmp_path_factory.mktemp("page") / "report.html"
    visor.report(model, None, (x, labels), path)
    return path.as_uri(), visor.Subject(model, (x, labels))


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture
def opened(browser, report):
    """The tab Layers of the saved page, and what it is about; nothing goes wrong on it."""
    page = Watched(browser)
    page.page.set_default_timeout(10_000)
    page.open(report[0], "layers")
    yield page.page, report[1]
    assert page.troubles == []
    page.page.close()


# The page's own code, asked many questions without drawing every answer.
ASK = """questions => {
  const models = [...Bokeh.documents[0]._all_models.values()]
  const callback = models.find(model => model.code?.includes("function record("))
  const args = new Map(callback.args instanceof Map ? callback.args : Object.entries(callback.args))
  const answer = new Function(...args.keys(), "cb_obj", callback.code)
  return questions.map(([level, place]) => {
    const answered = {}
    args.set("asked", {data: {level: [level], place: [place]}}).set("answered", answered)
    answer(...args.values(), null)
    return answered.data.record[0]
  })
}"""


def test_a_saved_page_answers_as_python_does_word_for_word(opened):
    tab, subject = opened
    for sample in (0, 2):
        tab.locator(f'[data-show="{sample}"]').click()
        trace = Trace(subject.model, subject.x[choose(subject)[sample]])
        questions = [
            [level, int(place)]
            for level, output in enumerate(trace.outputs)
            for place in RNG.integers(output.size, size=25)
        ]
        for question, answer in zip(questions, tab.evaluate(ASK, questions), strict=True):
            expected = record(trace.why_place(*question), subject.class_names)
            assert json.loads(answer) == json.loads(json.dumps(expected))


# Where on the screen the number [row, column] of a map is drawn.
WHERE = """([layer, map, row, column]) => {
  const models = [...Bokeh.documents[0]._all_models.values()]
  const figure = models.find(model => model.title?.text?.startsWith(layer + ":"))
  const view = Bokeh.index.find_one(figure), {el} = view.canvas_view
  el.scrollIntoView({block: "center"})
  const box = el.getBoundingClientRect()
  const {left, top} = figure.renderers[0].data_source.data
  return [
    box.x + view.frame.x_scale.compute(left[map] + column + 0.5),
    box.y + view.frame.y_scale.compute(top[map] + row + 0.5),
  ]
}"""


def click_on(page, *place):
    page.mouse.click(*page.evaluate(WHERE, place))


def test_a_click_on_a_number_shows_arithmetic_whose_sum_is_the_number(opened):
    tab, subject = opened
    trace = Trace(subject.model, subject.x[choose(subject)[0]])
    H, W, _ = trace.outputs[1].shape
    for row, column, channel in [(0, 0, 1), (H - 1, W // 2, 4), (H // 2, W - 1, 0)]:
        click_on(tab, "conv2d", channel, row, column)
        tab.get_by_role("heading", name=f"conv2d[{row}, {column}, {channel}] =").wait_for()
        shown = Decimal(tab.locator(".result td").last.inner_text().replace("−", "-"))
        number = Decimal(float(trace.outputs[1][row, column, channel]))
        assert shown == number.quantize(Decimal(1).scaleb(shown.as_tuple().exponent))
        products = tab.locator(".terms tbody tr td:nth-child(4)").all_inner_texts()
        total = sum(Decimal(text.replace("−", "-")) for text in products)
        assert total == Decimal(tab.locator(".lines td").nth(2).inner_text().replace("−", "-"))


def test_a_term_is_followed_back_to_the_pixels_with_the_keyboard(opened):
    tab, subject = opened
    names = [layer.name for layer in subject.model.layers]
    tab.locator(".terms button").first.wait_for()
    for below in ["input", *names[:-1]][::-1]:
        button = tab.locator(".terms button").first
        place = button.inner_text()
        button.focus()
        tab.keyboard.press("Enter")
        tab.get_by_role("heading", name=f"{below}{place} =").wait_for()
    assert tab.get_by_text("given", exact=True).is_visible()
    tab.locator(".trail button").first.click()
    tab.get_by_role("heading", name=f"{names[-1]}[").wait_for()


@pytest.mark.parametrize("report", ["tutorial"], indirect=True)
def test_who_asked_for_the_prediction_is_told_that_of_another_sample(opened):
    tab, subject = opened
    last = subject.model.layers[-1].name
    chosen = choose(subject)
    best = subject.probabilities[chosen].argmax(axis=1)
    other = int(np.flatnonzero(best != best[0])[0])
    for sample in (other, 0):
        tab.locator(f'[data-show="{sample}"]').click()
        tab.get_by_role("heading", name=f"{last}[{best[sample]}] =").wait_for()
    tab.get_by_label("Row, column, map").fill(str(best[other]))
    tab.keyboard.press("Enter")  # which is no longer the prediction
    tab.get_by_role("heading", name=f"{last}[{best[other]}] =").wait_for()
    tab.locator(f'[data-show="{len(best) - 1}"]').click()
    tab.locator(".trail").get_by_text(f"{last}[{best[other]}]", exact=True).wait_for()


def test_places_are_asked_for_and_gradients_take_the_place_of_the_numbers(opened):
    tab, _ = opened
    tab.get_by_label("Layer", exact=True).select_option("conv2d")
    tab.get_by_label("Row, column, map").fill("1, 2, 3")
    tab.keyboard.press("Enter")
    tab.get_by_role("heading", name="conv2d[1, 2, 3] =").wait_for()

    check = tab.get_by_text("Correlation with what the gradient says")
    assert not check.is_visible()
    tab.get_by_text("Gradient of the predicted class").click()
    check.wait_for()
    tab.get_by_text("Numbers", exact=True).click()
    check.wait_for(state="hidden")
