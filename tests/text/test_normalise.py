"""How books and seeds are prepared."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import OptionError
from chargen.text.normalise import Normalising, normalise, normalise_seed

OPTIONS = st.builds(
    Normalising, st.booleans(), st.sampled_from(["keep", "transliterate", "drop"]), st.booleans(), st.booleans()
)
FILE = "Title\n\n*** START OF THIS PROJECT GUTENBERG EBOOK X ***\n\n  One\n\n Two \n\nEnd of Project Gutenberg's X\n"


def test_the_licence_goes_unless_it_is_kept() -> None:
    assert normalise(FILE, Normalising()) == "  One\n\n Two"
    assert normalise(FILE, Normalising(keep_licence=True)).startswith("Title\n\n*** START")


def test_lines_are_stripped_and_joined_without_the_empty_ones() -> None:
    assert normalise(FILE, Normalising(join_lines=True)) == "One Two"
    assert normalise("a\n“”\nb", Normalising(ascii="drop", join_lines=True)) == "a b"


@pytest.mark.parametrize(
    ("text", "transliterated", "dropped"),
    [
        ("“Señor” — dijo él…", '"Senor" - dijo el...', "Seor  dijo l"),
        ("cafe\u0301", "cafe", "caf"),
        ("Straße, Ærø", "Strasse, Aero", "Strae, r"),
        ("Москва", "Moskva", ""),
        ("plain", "plain", "plain"),
    ],
)
def test_ascii(text: str, transliterated: str, dropped: str) -> None:
    assert normalise(text, Normalising(ascii="transliterate")) == transliterated
    assert normalise(text, Normalising(ascii="drop")) == dropped


def test_letters_are_composed_whatever_else_is_done() -> None:
    assert normalise("cafe\u0301", Normalising()) == "café"
    assert normalise_seed("cafe\u0301", Normalising()) == "café"


def test_lower_case_may_lengthen() -> None:
    assert normalise("İSTANBUL", Normalising(lowercase=True)) == "i̇stanbul"
    assert normalise("İSTANBUL", Normalising(lowercase=True, ascii="transliterate")) == "istanbul"


def test_a_seed_keeps_the_spaces_at_its_ends() -> None:
    joining = Normalising(lowercase=True, join_lines=True)
    assert normalise_seed("  Alice  was ", joining) == "  alice  was "
    assert normalise_seed("Alice \n\n was\r\n", joining) == "alice was "
    assert normalise_seed("\nAlice\r\nwas", Normalising()) == "\nAlice\nwas"


@pytest.mark.parametrize("ascii_", ["keep", "transliterate", "drop"])
def test_lone_surrogates_in_a_seed_do_no_harm(ascii_: Any) -> None:
    assert normalise_seed("a\udcffb\ud83d", Normalising(lowercase=True, ascii=ascii_)).startswith("a")


@pytest.mark.parametrize(
    "options", [{"ascii": "yes"}, {"ascii": True}, {"ascii": ["keep"]}, {"lowercase": 1}, {"join_lines": "no"}]
)
def test_senseless_options_are_named(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match=next(iter(options))):
        Normalising(**options)


@given(st.text(), OPTIONS)
def test_normalising_twice_is_normalising_once(text: str, options: Normalising) -> None:
    once = normalise(text, options)
    assert normalise(once, options) == once


@given(st.text(), OPTIONS)
def test_a_piece_of_the_book_passes_as_a_seed_unchanged(text: str, options: Normalising) -> None:
    book = normalise(text.replace("\r", "\n"), options)
    assert normalise_seed(book, options) == book


@given(st.text(alphabet=st.characters()), OPTIONS)
def test_the_promises_hold_for_any_seed(text: str, options: Normalising) -> None:
    seed = normalise_seed(text, options)
    assert options.ascii == "keep" or seed.isascii()
    assert not options.join_lines or "\n" not in seed
