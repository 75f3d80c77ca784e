"""The table of a classifier's right and wrong answers, as text and in a notebook."""

import numpy as np
import pytest

from numcnn import metrics

LABELS = np.array([0, 0, 1, 2, 2, 2])
PREDICTIONS = np.array([0, 1, 1, 2, 2, 0])
NAMES = ["cat", "dog", "owl"]


def test_the_report_holds_what_the_other_functions_say():
    report = metrics.report(np.eye(3)[LABELS], np.eye(3)[PREDICTIONS] * 0.9, NAMES)
    assert report.class_names == ("cat", "dog", "owl")
    assert report.accuracy == metrics.accuracy(LABELS, PREDICTIONS)
    share, count = metrics.per_class_accuracy(LABELS, PREDICTIONS)
    np.testing.assert_array_equal(report.class_accuracy, share)
    np.testing.assert_array_equal(report.counts, count)
    np.testing.assert_array_equal(report.matrix, metrics.confusion_matrix(LABELS, PREDICTIONS))
    assert report.nothing_found.tolist() == [0, 0, 0]


def test_the_report_is_one_table():
    assert str(metrics.report(LABELS, PREDICTIONS, [*NAMES, "none of these"])).splitlines() == [
        "Accuracy 0.6667 on 6 samples. Rows are labels, columns 0 to 3 predictions:",
        "  class            accuracy  samples  0  1  2  3",
        "  0 cat               0.500        2  1  1  .  .",
        "  1 dog               1.000        1  .  1  .  .",
        "  2 owl               0.667        3  1  .  2  .",
        "  3 none of these       nan        0  .  .  .  .",
        "Most frequent mistakes: 0 cat taken for 1 dog (1), 2 owl taken for 0 cat (1).",
    ]
    report = metrics.report(LABELS, PREDICTIONS)
    assert repr(report) == str(report)
    assert "\n  2         0.667 " in str(report)  # without names the number alone
    assert str(metrics.report(LABELS, LABELS)).endswith("\nNo mistakes.")


def test_columns_never_touch_however_large_the_numbers():
    labels = np.repeat([0, 1], 200_000)
    row = str(metrics.report(labels, 1 - labels)).splitlines()[2]
    assert row.split() == ["0", "0.000", "200,000", ".", "200,000"]


def test_the_most_frequent_mistakes_come_first():
    labels = np.array([0] * 3 + [1] * 6 + [2])
    found = np.array([2, 2, 1, 0, 0, 0, 2, 1, 1, 0])
    report = metrics.report(labels, found)
    assert report.confusions() == [(1, 0, 3), (0, 2, 2), (0, 1, 1)]
    assert report.confusions(10) == [(1, 0, 3), (0, 2, 2), (0, 1, 1), (1, 2, 1), (2, 0, 1)]


def test_what_was_found_to_be_nothing_has_a_column():
    found = metrics.predict_classes([[0.9, 0.1], [0.5, 0.5], [0.3, 0.7]], threshold=0.6)
    report = metrics.report([0, 1, 1], found)
    assert report.nothing_found.tolist() == [0, 1] and report.accuracy == pytest.approx(2 / 3)
    assert str(report).splitlines()[1:4] == [
        "  class  accuracy  samples  0  1  nothing",
        "  0         1.000        1  1  .        .",
        "  1         0.500        2  .  1        1",
    ]


def test_of_many_classes_the_worst_are_shown_and_all_fits_on_a_screen():
    labels = np.arange(1000)
    found = np.where(labels < 30, labels + 1, labels)
    lines = str(metrics.report(labels, found)).splitlines()
    assert lines[0] == "Accuracy 0.9700 on 1,000 samples. The 10 worst of 1,000 classes:"
    assert [line.split() for line in lines[2:12]] == [[str(n), "0.000", "1"] for n in range(10)]
    assert len(lines) == 13 and max(map(len, lines)) < 100


def test_a_notebook_shows_the_same_as_a_table_with_all_names_escaped():
    html = metrics.report(LABELS, PREDICTIONS, ["<b>", "dog", "owl"])._repr_html_()
    assert "0 &lt;b&gt;" in html and "<b>0" not in html
    assert "Accuracy 0.6667 on 6 samples." in html and html.count("<tr>") == 4
    assert "taken for 1 dog (1)" in html


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([0, 1], [0]), ValueError, "got 2 labels and 1 prediction"),
        (([], []), ValueError, "at least one"),
        (([0, 5], [0, 1], NAMES), ValueError, "each of the classes 0 to 5, but has 3"),
        (([0, 1], [0, 1], []), ValueError, "each of the classes 0 to 1, but has 0"),
        (([0, 1], [0, 1], "ab"), TypeError, "must be a list of names, got 'ab'"),
    ],
)
def test_a_wrong_argument_is_refused_with_the_reason(arguments, error, message):
    with pytest.raises(error, match=message):
        metrics.report(*arguments)
