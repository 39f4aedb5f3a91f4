"""Where continuations end."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import OptionError
from chargen.text.ending import LENGTH, LENGTH_AT_MOST, Cut, Ending


def cut(text: str, **options: Any) -> tuple[str, bool]:
    """Push a text character by character; what comes out, and whether it ended."""
    writing, out = Cut(Ending(**options)), ""
    for place, character in enumerate(text):
        released = writing.push(character, float(place))
        assert all(text[int(nats)] == found for found, nats in released)
        out += "".join(found for found, _ in released)
        if writing.ended:
            return out, True
    return out, False


def test_length() -> None:
    assert cut("abcdef", length=4) == ("abcd", True)
    assert cut("abc", length=4) == ("abc", False)
    assert cut("abc" * 500, length=0) == ("abc" * 500, False)
    assert Ending().length == LENGTH
    assert Ending(stop="x").length == Ending(until="sentence").length == LENGTH_AT_MOST  # type: ignore[arg-type]
    assert Ending(length=7, until="sentence").length == 7


def test_it_ends_before_a_stop_text() -> None:
    assert cut("one two three", stop=["two"]) == ("one ", True)
    assert cut("one two", stop=["two!"]) == ("one ", False)  # held back: it may still come
    assert cut("aab", stop=["ab"]) == ("a", True)
    assert cut("abcabd", stop=["abd"]) == ("abc", True)
    assert cut("abcd", stop=["cd", "bcd"]) == ("a", True)
    assert cut("abcd", stop=["abcde", "bc"]) == ("a", True)


def test_what_is_held_back_comes_out_at_the_end() -> None:
    assert cut("one two", stop=["two!"], length=7) == ("one two", True)


@given(st.text("ab ", max_size=30), st.lists(st.text("ab ", min_size=1, max_size=4), max_size=3))
def test_stop_texts_against_a_search(text: str, stops: list[str]) -> None:
    ends = [(text.find(stop) + len(stop), -len(stop)) for stop in stops if stop in text]
    length = len(text) + 5
    if ends:
        end, size = min(ends)
        assert cut(text, stop=stops, length=length) == (text[: end + size], True)
    else:
        out, ended = cut(text, stop=stops, length=length)
        assert not ended
        assert text.startswith(out)
        assert cut(text, stop=stops, length=max(len(text), 1))[0] == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She ran. Then", "She ran."),
        ("‘Oh!’ said he.\nThen", "‘Oh!’"),
        ('"Oh?" she. ', '"Oh?"'),
        ("Mr. Dodgson met C. Liddell. Then", "Mr. Dodgson met C. Liddell."),
        ("It is 3.14 or so. Yes", "It is 3.14 or so."),
        ("Wait... what", "Wait..."),
        ("他来了。她走了。", "他来了。"),
        ("「来！」他说", "「来！」"),
        (" . She ran. Then", " ."),
        ("\n \nShe ran! ", "\n \nShe ran!"),
    ],
)
def test_until_the_end_of_a_sentence(text: str, expected: str) -> None:
    assert cut(text, until="sentence") == (expected, True)


def test_until_the_end_of_a_paragraph() -> None:
    assert cut("\n\nShe ran.\nShe fell.\n\nThen", until="paragraph") == ("\n\nShe ran.\nShe fell.", True)
    assert cut("She ran.\nThen", until="paragraph", length=9)[0] == "She ran.\n"


def test_a_copy_goes_its_own_way() -> None:
    first = Cut(Ending(stop=("ab",)))
    first.push("a", 0.0)
    second = first.copy()
    assert first.push("b", 0.0) == []
    assert first.ended
    assert [character for character, _ in second.push("c", 0.0)] == ["a", "c"]
    assert not second.ended


def test_endless_text_takes_no_memory() -> None:
    writing = Cut(Ending(length=0, stop=("xyz",), until="sentence"))
    for _ in range(5000):
        writing.push("a", 0.0)
    assert len(repr(writing)) < 500


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"length": -1}, "--length is -1"),
        ({"length": 1.5}, "--length is 1.5"),
        ({"length": False}, "--length is False"),
        ({"stop": ("",)}, "--stop is ''"),
        ({"until": "chapter"}, "--until is 'chapter'; it takes sentence or paragraph"),
    ],
)
def test_endings_that_make_no_sense(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=re.escape(message)):
        Ending(**options)
