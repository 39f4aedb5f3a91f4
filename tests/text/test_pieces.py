"""Long texts in pieces: joined they are what a whole file is decoded and normalised to."""

import io
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chargen.errors import CorpusError, NoTextError
from chargen.text.decode import decode, decode_as
from chargen.text.normalise import Normalising, normalise, normalise_pieces
from chargen.text.pieces import decode_pieces

SETTINGS = [
    Normalising(lowercase=lowercase, ascii=foreign, join_lines=join_lines, keep_licence=True)
    for lowercase in (False, True)
    for foreign in ("keep", "transliterate", "drop")
    for join_lines in (False, True)
]
# Letters that compose, decompose, change their length or their form with their surroundings; all kinds of white space.
LETTERS = "aAéßİΣσΟe\u0301\u0327q\u1100\u1161\u11a8한“…😀中 \t\n\r\u00a0\u2028\u3000\ufeff"


def pieces(data: bytes, size: int, encoding: str = "utf-8") -> list[str]:
    return list(decode_pieces(io.BytesIO(data), encoding, "x.txt", lambda _: None, size))


def plain(text: str, normalising: Normalising) -> str:
    """What normalising means, for a text without licence and in as many words."""
    text = unicodedata.normalize("NFC", text)
    if normalising.ascii == "drop":
        text = re.sub(r"[^\x00-\x7f]", "", text)
    elif normalising.ascii == "transliterate":
        anyascii = pytest.importorskip("anyascii").anyascii
        text = "".join(letter if letter.isascii() else anyascii(letter) for letter in text)
    if normalising.lowercase:
        text = unicodedata.normalize("NFC", text.lower())
    if normalising.join_lines:
        return " ".join(filter(None, (line.strip() for line in text.split("\n"))))
    text = text.rstrip()
    return re.sub(r"\A\s*\n", "", text)


@given(st.text(LETTERS, min_size=1), st.integers(1, 12), st.sampled_from(SETTINGS))
@example("ΟΔΟΣ\nΣ\n\u0301a", 1, SETTINGS[6])
@example("\n \n  a  \n\n b \n \n", 2, SETTINGS[1])
def test_pieces_are_the_whole_text(text: str, size: int, normalising: Normalising) -> None:
    data = ("a line that is long enough\n" + text).encode()
    whole = decode(data, "x.txt")
    found = pieces(data, size)
    assert "".join(found) == whole
    lines = re.findall(r"[^\n]*\n|[^\n]+", whole)  # what a piece of a few bytes cuts, one of real length does not
    assert "".join(normalise_pieces(lines, normalising)) == plain(whole, normalising)
    assert normalise(whole, normalising) == plain(whole, normalising)


@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(LETTERS).map(str.encode),
        st.tuples(st.text(LETTERS), st.sampled_from(["utf-16", "utf-32", "utf-8-sig", "shift_jis", "cp1252"])).map(
            lambda text: text[0].encode(text[1], "ignore")
        ),
    ),
    st.integers(1, 30),
)
def test_any_bytes_that_can_be_decoded_whole_can_be_in_pieces(data: bytes, size: int) -> None:
    try:
        text, encoding = decode_as(data, "x.txt")
    except CorpusError:
        return
    assert "".join(pieces(data, size, encoding)) == text


@given(st.lists(st.text("abcXYZéß .,\n\r\u00a0中\x1c", max_size=9)), st.sampled_from(SETTINGS))
def test_any_cut_serves_where_letters_stand_alone(parts: list[str], normalising: Normalising) -> None:
    found = list(normalise_pieces(parts, normalising))
    assert "".join(found) == plain("".join(parts), normalising)
    assert all(found)


@pytest.mark.parametrize("letters", ["e\u0301", "\u1100\u1161\u11a8", "ΑΣ", "q\u0323\u0307"])
def test_a_line_longer_than_a_piece_is_cut_where_nothing_joins(letters: str) -> None:
    text = f"{'x' * 20}{letters}y" * 40
    found = pieces(text.encode(), 25)
    assert len(found) > 9
    for normalising in SETTINGS:
        assert "".join(normalise_pieces(found, normalising)) == plain(text, normalising)


def test_a_line_without_letters_is_cut_anyway() -> None:
    assert max(map(len, pieces(b"." * 10_000, 100))) <= 200


@pytest.mark.parametrize("encoding", ["cp1252", "cp1251", "shift_jis", "utf-16-le", "utf-8"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_every_encoding(encoding: str, size: int) -> None:
    text = {"cp1252": "año «nuevo»\n", "cp1251": "все счастливые\n", "shift_jis": "吾輩は猫である\n"}.get(
        encoding, "é😀\n"
    )
    assert "".join(pieces((text * 9).encode(encoding), size, encoding)) == text * 9


@pytest.mark.parametrize("size", [1, 2, 5, 100])
@pytest.mark.parametrize(("bad", "at"), [(b"caf\xe9 au lait", 13), (b"\xe4\xb8", 10), (b"\xf0\x9f\x98x", 10)])
def test_where_an_encoding_ends_to_be_right_is_told(size: int, bad: bytes, at: int) -> None:
    with pytest.raises(CorpusError, match=rf"x\.txt is UTF-8 up to byte {at}, and there it is not"):
        pieces("é mostly\n".encode() + bad, size)


@pytest.mark.parametrize("data", [b"abc\n" * 9 + b"\0", b"\x01\x02 text" * 9, b" \n" * 9, b"\xef\xbb\xbf"])
@pytest.mark.parametrize("size", [1, 4, 100])
def test_what_is_no_text_is_refused(data: bytes, size: int) -> None:
    with pytest.raises(NoTextError, match=r"x\.txt is (binary|empty)"):
        pieces(data, size)


@pytest.mark.parametrize("size", range(1, 9))
def test_marks_and_line_ends_at_any_place(size: int) -> None:
    data = b"\xef\xbb\xbfone\r\ntwo\rthree\x1afour\n\r" + b"x" * 1000 + b"\r\x1a\x1a"
    assert "".join(pieces(data, size)) == f"one\ntwo\nthree\x1afour\n\n{'x' * 1000}\n" == decode(data, "x")


def test_bytes_are_told() -> None:
    told: list[int] = []
    list(decode_pieces(io.BytesIO(b"ab\n" * 10), "utf-8", "x", told.append, 8))
    assert sum(told) == 30
