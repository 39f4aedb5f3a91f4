"""Settings and figures side by side, whatever the runs are."""

from chargen.learning.comparing import flatten, side_by_side


def test_settings_that_differ_and_all_figures() -> None:
    settings = {"a": {"units": 3, "cell": "gru"}, "b": {"units": 3, "cell": "rnn", "decay": 0.5}}
    comparison = side_by_side(settings, {"a": {"loss": 1.0}, "b": {"loss": 1.0}}, ("look out",))
    assert comparison.settings == [
        {"setting": "cell", "a": "gru", "b": "rnn"},
        {"setting": "decay", "a": None, "b": 0.5},
    ]
    assert comparison.figures == [{"figure": "loss", "a": 1.0, "b": 1.0}]
    assert comparison.cautions == ["look out"]


def test_true_is_not_one() -> None:
    assert side_by_side({"a": {"x": True}, "b": {"x": 1}}, {"a": {}, "b": {}}, ()).settings != []


def test_flatten() -> None:
    header = {"schema": 2, "model": {"units": 3}, "corpus": {"documents": ["first", "second"]}, "chosen": ["ridge"]}
    assert flatten(header) == {
        "schema": 2,
        "model.units": 3,
        "corpus.documents.1": "first",
        "corpus.documents.2": "second",
        "chosen": ["ridge"],
    }
