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
        index = choose(subject)[sample]
        tab.locator(f'.picker [data-show="{index}"]').click()
        trace = Trace(subject.model, subject.x[index])
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


def ask_for_the_prediction(tab):
    tab.get_by_role("button", name="why “").click()


def test_a_term_is_followed_back_to_the_pixels_with_the_keyboard(opened):
    tab, subject = opened
    names = [layer.name for layer in subject.model.layers]
    ask_for_the_prediction(tab)
    for below in ["input", *names[:-1]][::-1]:
        button = tab.locator(".terms button").first
        place = button.inner_text()
        button.focus()
        tab.keyboard.press("Enter")
        tab.get_by_role("heading", name=f"{below}{place} =").wait_for()
    assert tab.get_by_text("given", exact=True).is_visible()
    tab.locator(".trail button").first.click()
    tab.get_by_role("heading", name=f"{names[-1]}[").wait_for()


def picked(tab, index):
    return tab.locator(f'.picker [data-show="{index}"]')


@pytest.mark.parametrize("report", ["tutorial"], indirect=True)
def test_who_asked_for_the_prediction_is_told_that_of_another_sample(opened):
    tab, subject = opened
    last = subject.model.layers[-1].name
    chosen = choose(subject)
    best = subject.probabilities[chosen].argmax(axis=1)
    other = int(np.flatnonzero(best != best[0])[0])
    ask_for_the_prediction(tab)
    for sample in (other, 0):
        picked(tab, chosen[sample]).click()
        tab.get_by_role("heading", name=f"{last}[{best[sample]}] =").wait_for()
    tab.get_by_label("Number", exact=True).fill(str(best[other]))
    tab.keyboard.press("Enter")  # which is no longer the prediction
    tab.get_by_role("heading", name=f"{last}[{best[other]}] =").wait_for()
    picked(tab, chosen[-1]).click()
    tab.locator(".trail").get_by_text(f"{last}[{best[other]}]", exact=True).wait_for()


FRAMED = """() => { // on how many maps of each level there are frames
  const models = [...Bokeh.documents[0]._all_models.values()]
  const figures = models.filter(model => model.type === "Figure")
  const marks = figures.map(figure => figure.renderers[2]?.data_source.data.left)
  return marks.filter(Boolean).map(left => left.length)
}"""


@pytest.mark.parametrize("report", ["tutorial"], indirect=True)
def test_it_opens_on_a_question_that_can_be_seen_at_a_glance(opened):
    tab, subject = opened
    chosen = choose(subject)
    for index in (chosen[0], chosen[3]):
        picked(tab, index).click()
        y = Trace(subject.model, subject.x[index]).outputs[1]
        place = [int(axis) for axis in np.unravel_index(y.argmax(), y.shape)]
        tab.get_by_role("heading", name=f"conv2d{place} =").wait_for()
        assert tab.locator(".terms tbody tr").count() == 25
        framed = tab.evaluate(FRAMED)
        assert framed[:2] == [1, 1] and not any(framed[2:])


def test_terms_can_be_sorted_by_size_and_their_sums_follow(opened):
    tab, _ = opened
    rows = tab.locator(".terms tbody tr")

    def numbers():
        texts = [row.locator("td").all_inner_texts() for row in rows.all()]
        return [[Decimal(text.replace("−", "-")) for text in row[1:]] for row in texts]

    before = numbers()
    tab.get_by_role("button", name="largest first").click()
    tab.get_by_role("button", name="largest first", pressed=True).wait_for()
    after = numbers()
    assert sorted(row[:3] for row in after) == sorted(row[:3] for row in before)
    sizes = [abs(row[2]) for row in after]
    assert sizes == sorted(sizes, reverse=True) != [abs(row[2]) for row in before]
    total = Decimal(0)
    for *_, product, running in after:
        total += product
        assert running == total
    assert after[-1][3] == before[-1][3]
    assert tab.evaluate("document.activeElement.shadowRoot !== null")  # the focus is kept
    tab.locator(".terms button").first.click()  # and the order, for the next answer
    tab.get_by_text("given", exact=True).wait_for()
    tab.get_by_label("Layer", exact=True).select_option(label="conv2d")
    tab.get_by_role("button", name="largest first", pressed=True).wait_for()


@pytest.mark.parametrize("report", ["tutorial"], indirect=True)
def test_a_wrong_position_is_answered_with_a_sentence(opened):
    tab, _ = opened
    field = tab.get_by_label("Row, column, map")
    heading = tab.locator("h3", has_text="conv2d[").first
    before = heading.inner_text()
    for text, answer in [
        ("abc", "A position in conv2d is three numbers, from 0, 0, 0 to 23, 23, 7; “abc” is none."),
        ("1, 2", "“1, 2” is none."),
        ("-1, 0, 0", "“-1, 0, 0” is none."),
        ("1.5, 0, 0", "“1.5, 0, 0” is none."),
        ("<b>x</b>", "“<b>x</b>” is none."),
        ("99,0,0", "There is no 99, 0, 0 in conv2d: its positions go from 0, 0, 0 to 23, 23, 7."),
    ]:
        field.fill(text)
        tab.keyboard.press("Enter")
        tab.get_by_role("alert").get_by_text(answer).wait_for()
        assert heading.inner_text() == before
    field.fill("3 4 5")
    tab.keyboard.press("Enter")
    tab.get_by_role("heading", name="conv2d[3, 4, 5] =").wait_for()
    assert tab.get_by_role("alert").count() == 0
    tab.get_by_label("Layer", exact=True).select_option(label="dense")
    tab.get_by_role("heading", name="dense[0] =").wait_for()
    tab.get_by_label("Number", exact=True).fill("10")
    tab.keyboard.press("Enter")
    tab.get_by_text("There is no 10 in dense: its positions go from 0 to 9.").wait_for()


def test_a_mistake_in_the_evaluation_leads_to_its_why(opened):
    tab, subject = opened
    found = subject.probabilities.argmax(axis=1)
    sure = subject.probabilities.max(axis=1)
    wrong = np.flatnonzero(found != subject.labels)
    wrong = wrong[np.argsort(-sure[wrong], kind="stable")]
    last = subject.model.layers[-1].name
    chosen = choose(subject)
    others = [int(index) for index in wrong[:12] if index not in chosen]
    for index in (int(wrong[0]), others[0], others[-1]):
        tab.get_by_role("tab", name="Evaluation").click()
        tab.get_by_text("The surest mistakes").wait_for()  # before a cell is chosen
        tab.get_by_role("button", name=f"sample {index}", exact=True).click()
        assert tab.get_by_role("tab", name="Layers").get_attribute("aria-selected") == "true"
        tab.get_by_role("heading", name=f"{last}[{found[index]}] =").wait_for()
        assert picked(tab, index).get_attribute("aria-pressed") == "true"
        shown = Decimal(tab.locator(".result td").last.inner_text())
        assert float(shown) == pytest.approx(sure[index], abs=1e-5)


COMPUTED = """index => {
  const models = [...Bokeh.documents[0]._all_models.values()]
  const shown = Bokeh.documents[0].get_model_by_name("shown-sample")
  shown.data = {...shown.data, sample: [index]}
  return new Promise(done => setTimeout(
    () => done(shown.computed.levels.map(({y}) => Array.from(y))), 500))
}"""


def test_the_page_computes_the_numbers_of_a_sample_as_the_network_does(opened):
    tab, subject = opened
    index = next(index for index in range(len(subject.x)) if index not in choose(subject))
    trace = Trace(subject.model, subject.x[index])
    levels = tab.evaluate(COMPUTED, index)
    np.testing.assert_array_equal(levels[0], trace.outputs[0].ravel())
    for level, expected in zip(levels, trace.outputs, strict=True):
        np.testing.assert_allclose(level, expected.ravel(), rtol=1e-5, atol=1e-6)
    tab.get_by_text("Gradient of the predicted class").click()
    tab.get_by_text("This page holds no gradients of this sample").wait_for()
    picked(tab, choose(subject)[1]).click()
    tab.get_by_text("This page holds no gradients of this sample").wait_for(state="hidden")


@pytest.mark.parametrize("report", ["tutorial"], indirect=True)
def test_on_a_telephone_the_arithmetic_opens_on_demand_and_fits(browser, report):
    page = Watched(browser, width=390)
    page.open(report[0], "layers")
    tab = page.page
    asking = """() => {
      const model = Bokeh.documents[0].get_model_by_name("asking")
      const {top, bottom, height} = Bokeh.index.find_one(model).el.getBoundingClientRect()
      return [height / innerHeight, bottom <= innerHeight + 1]
    }"""
    tab.get_by_role("heading", name="conv2d[").wait_for()
    share, in_sight = tab.evaluate(asking)
    assert in_sight and share < 0.12
    tab.get_by_role("button", name="show the arithmetic").click()
    tab.get_by_role("button", name="hide the arithmetic").wait_for()
    tab.wait_for_timeout(300)
    share, in_sight = tab.evaluate(asking)
    assert in_sight and 0.3 < share <= 0.61
    terms = tab.locator(".terms")
    for ask in (lambda: None, lambda: ask_for_the_prediction(tab)):
        ask()
        tab.locator(".terms tbody tr").first.wait_for()
        assert terms.evaluate("terms => terms.scrollWidth <= terms.clientWidth")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.get_by_role("button", name="hide the arithmetic").click()
    tab.get_by_role("button", name="show the arithmetic").wait_for()
    assert tab.evaluate(asking)[0] < 0.12
    assert page.troubles == []
    tab.close()


def test_places_are_asked_for_and_gradients_take_the_place_of_the_numbers(opened):
    tab, _ = opened
    tab.get_by_label("Layer", exact=True).select_option("conv2d")
    tab.get_by_label("Row, column, map").fill("1, 2, 3")
    tab.keyboard.press("Enter")
    tab.get_by_role("heading", name="conv2d[1, 2, 3] =").wait_for()

    check = tab.get_by_text("Its correlation with the prediction of the gradient")
    assert not check.is_visible()
    tab.get_by_text("Gradient of the predicted class").click()
    check.wait_for()
    tab.get_by_text("Numbers", exact=True).click()
    check.wait_for(state="hidden")
