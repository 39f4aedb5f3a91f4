"""The rarest characters become one."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import OptionError
from chargen.text.limit import limit_vocabulary
from chargen.text.normalise import UNKNOWN

LETTERS = "abcdé中😀\n" + UNKNOWN


@given(st.text(LETTERS), st.integers(2, 9))
def test_the_most_frequent_stay(text: str, most: int) -> None:
    found = limit_vocabulary(text, most)
    assert len(found) == len(text)
    if len(set(text)) <= most:
        assert found == text
        return
    order = sorted(set(text) - {UNKNOWN}, key=lambda letter: (-text.count(letter), letter))
    stays = set(order[: most - 1])
    assert found == "".join(letter if letter in stays else UNKNOWN for letter in text)
    assert len(set(found)) == most


@given(st.text("abcdefg|", min_size=1), st.integers(3, 9))
def test_what_has_to_stay_stays(text: str, most: int) -> None:
    found = limit_vocabulary(text, most, "|")
    assert Counter(found)["|"] == Counter(text)["|"]
    assert len(set(found)) <= most


@pytest.mark.parametrize(("most", "keep"), [(1, ""), (0, ""), (True, ""), (2.5, ""), ("9", ""), (2, "|")])
def test_too_few_are_refused(most: int, keep: str) -> None:
    with pytest.raises(OptionError, match=rf"--max-vocabulary is .*from {2 + len(keep)} up"):
        limit_vocabulary("abc", most, keep)
