"""Characters and ids."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import DamagedRunError, SeedError
from chargen.text.vocabulary import Vocabulary

ANY = st.text(alphabet=st.characters())


def test_characters_are_sorted_by_code_point() -> None:
    vocabulary = Vocabulary.of("hello 😀 élan")
    assert vocabulary.characters == " aehlnoé😀"
    assert len(vocabulary) == 9
    assert vocabulary == Vocabulary(tuple("😀élan hello"))
    assert hash(vocabulary) == hash(Vocabulary(" aehlnoé😀"))
    assert vocabulary != Vocabulary("ab")


def test_ids_are_places() -> None:
    ids = Vocabulary("cab").encode("abcab")
    assert ids.dtype == np.int32
    assert ids.tolist() == [0, 1, 2, 0, 1]
    assert Vocabulary("cab").decode([2, 0, 1]) == "cab"


@given(ANY)
def test_encoding_and_decoding_cancel(text: str) -> None:
    vocabulary = Vocabulary.of(text)
    ids = vocabulary.encode(text)
    assert len(ids) == len(text)
    assert vocabulary.decode(ids) == text


@given(st.text())
def test_json_and_back(text: str) -> None:
    vocabulary = Vocabulary.of(text)
    line = vocabulary.to_json()
    assert line.count("\n") == 1
    assert Vocabulary.from_json(line.encode().decode()) == vocabulary


@given(ANY, ANY)
def test_what_is_unknown_is_named(known: str, text: str) -> None:
    vocabulary = Vocabulary.of(known)
    unknown = sorted(set(text) - set(known))
    if not unknown:
        vocabulary.encode(text)
        return
    with pytest.raises(SeedError) as caught:
        vocabulary.encode(text)
    assert f"{unknown[0]!r} (U+{ord(unknown[0]):04X})" in str(caught.value)


def test_the_complaint_offers_what_is_alike() -> None:
    with pytest.raises(SeedError) as caught:
        Vocabulary("abcde' ").encode("É “A”’")
    message = str(caught.value)
    assert "'É' (U+00C9)" in message
    assert re.search(r"write 'a' for 'A', 'e' for 'É', \"'\" for '’'$", message)


@pytest.mark.parametrize(
    ("character", "nearest"),
    [
        ("A", "a"),
        ("é", "e"),
        ("É", "e"),
        ("“", '"'),
        ("–", "-"),
        ("\u00a0", " "),
        ("…", "..."),
        ("ж", "zh"),
        ("🙂", None),
    ],
)
def test_what_is_nearest(character: str, nearest: str | None) -> None:
    assert Vocabulary("abcdefghijklmnopqrstuvwxyz:_ .-'\"").nearest(character) == nearest


def test_the_complaint_stays_short() -> None:
    with pytest.raises(SeedError) as caught:
        Vocabulary("".join(map(chr, range(0x4E00, 0x5E00)))).encode("".join(map(chr, range(0x3000, 0x3400))))
    assert len(str(caught.value)) < 700
    assert "and 1016 more" in str(caught.value)


def test_lone_surrogates_are_unknown_characters() -> None:
    with pytest.raises(SeedError, match=r"U\+DCFF"):
        Vocabulary("ab").encode("a\udcff")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{}",
        '"abc"',
        "[1]",
        '["ab"]',
        '[""]',
        '["b", "a"]',
        '["a", "a"]',
        "null",
        '[["a"]]',
        '["\\ud800"]',
        "[" * 99999,
    ],
)
def test_a_damaged_file_is_refused(text: str) -> None:
    with pytest.raises(DamagedRunError, match=r"vocabulary\.json"):
        Vocabulary.from_json(text)


@given(ANY | st.recursive(st.none() | st.text(max_size=2), st.lists, max_leaves=5).map(json.dumps))
def test_from_json_takes_its_own_form_or_refuses(text: str) -> None:
    try:
        vocabulary = Vocabulary.from_json(text)
    except DamagedRunError:
        return
    assert list(vocabulary.characters) == json.loads(text)


def test_sampling_needs_no_network_and_no_tables() -> None:
    code = (
        "import sys, chargen.text.vocabulary, chargen.text.normalise;"
        "print([m for m in ('requests', 'anyascii', 'charset_normalizer', 'tensorflow', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
