"""Bytes to text: encodings, and what is refused."""

import codecs
import gzip
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import CorpusError
from chargen.text import decode as module
from chargen.text.decode import decode

SPANISH = "¿Qué gigantes? dijo Sancho. ¡Válame Dios! Aquel año, el señor volvió con la pingüe ración: «Así será».\n" * 5
SAMPLES = {
    "Spanish": (SPANISH, "latin-1"),
    "Spanish, Windows": (SPANISH.replace("dijo", "— dijo “así” …"), "cp1252"),
    "French": ("Où êtes-vous allé, garçon ? L’été, la forêt était très belle ; à bientôt, mon cœur.\n" * 5, "cp1252"),
    "German": ("Fräulein Müller saß müde am Fenster, während draußen größere Vögel sangen. Übel!\n" * 5, "latin-1"),
    "Portuguese": ("Não sei, disse o irmão; a razão é que as mãos estão frias e o coração também.\n" * 5, "latin-1"),
    "Czech": ("Příliš žluťoučký kůň úpěl ďábelské ódy. Nebyl jsem doma, když přišel dopis.\n" * 5, "cp1250"),
    "Polish": ("Zażółć gęślą jaźń. Nie było mnie w domu, gdy przyszedł list; później spać.\n" * 5, "iso8859-2"),
    "Russian": ("Все счастливые семьи похожи друг на друга, каждая несчастлива по-своему.\n" * 5, "koi8-r"),
    "Greek": ("μου είπε η γυναίκα πως το σπίτι της ήταν κοντά στη θάλασσα και τα παιδιά.\n" * 5, "cp1253"),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_encodings_are_told_by_the_text_alone(name: str) -> None:
    text, encoding = SAMPLES[name]
    assert decode(text.encode(encoding), "x") == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_with_and_without_marks(encoding: str) -> None:
    assert decode("Año 😀 nuevo".encode(encoding), "x") == "Año 😀 nuevo"


@pytest.mark.parametrize(("mark", "encoding"), [(codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF32_BE, "utf-32-be")])
def test_big_ends_first(mark: bytes, encoding: str) -> None:
    assert decode(mark + "señor".encode(encoding), "x") == "señor"


def test_a_gutenberg_header_settles_it() -> None:
    # Czech letters that would pass for Western ones.
    text = "Character set encoding: ISO-8859-2\n\nKůň šel v noci přes řeku\n"
    assert decode(text.encode("iso8859-2"), "x") == text


@pytest.mark.parametrize("declared", ["ASCII", "UTF-8", "Unicode", "rot13", "zip", "no-such", "ISO-8859-1", "idna"])
def test_a_header_that_is_wrong_does_no_harm(declared: str) -> None:
    text = f"Character set encoding: {declared}\n\n{SPANISH}"
    assert decode(text.encode("cp1252"), "x") == text


def test_line_ends_marks_and_the_end_of_file_character_go() -> None:
    assert decode(b"\xef\xbb\xbfone\r\ntwo\rthree\nfour\x1a", "x") == "one\ntwo\nthree\nfour"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "x.txt is empty"),
        (b"\xef\xbb\xbf\r\n \n", "x.txt is empty"),
        (b"a\n", "one character"),
        (b"PK\x03\x04....[Content_Types].xml", "docx"),
        (b"PK\x03\x04....mimetypeapplication/epub+zip", "EPUB"),
        (b"PK\x03\x04....mimetypeapplication/vnd.oasis.opendocument.text", "OpenDocument"),
        (b"PK\x03\x04....photo.png", "zip archive"),
        (b"%PDF-1.7\n...", "PDF"),
        (b"{\\rtf1\\ansi hello}", "RTF"),
        (gzip.compress(b"hello", mtime=0), "gunzip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Office"),
        (b"\n <!DOCTYPE HTML><p>hello", "web page"),
        (b"<html lang='en'>hello", "web page"),
        (b"<?xml version='1.0'?><!DOCTYPE x><html>hello", "web page"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary"),
        ("plain".encode("utf-16-le"), "binary"),
        (b"\x01\x02\x03\x04 text", "binary"),
        (b"\xff\xfea\xd8a\xd8", "mark of UTF-16-LE"),
        (b"\xef\xbb\xbfa\xff", "mark of UTF-8"),
    ],
)
def test_what_is_no_text_is_refused_by_name(data: bytes, message: str) -> None:
    with pytest.raises(CorpusError, match=re.escape(message)) as caught:
        decode(data, "x.txt")
    assert str(caught.value).startswith("x.txt ")


@pytest.mark.parametrize("bad", [b"\xe9", b"\xe2\x80", b"\xc3", SPANISH.encode("cp1252")])
@pytest.mark.parametrize("place", [0, 30, 2000])
def test_a_utf8_text_with_other_bytes_in_it_is_refused(bad: bytes, place: int) -> None:
    before, after = SPANISH.encode()[:place].decode(errors="ignore").encode(), SPANISH.encode() * 99
    with pytest.raises(CorpusError, match=r"^x\.txt is UTF-8 up to byte [\d,]+, and there it is not"):
        decode(before + bad + after, "x.txt")


def test_a_text_in_another_encoding_after_utf8_is_refused() -> None:
    with pytest.raises(CorpusError, match=f"up to byte {len(SPANISH.encode())}, "):
        decode(SPANISH.encode() + SPANISH.encode("cp1252") * 9, "x.txt")


def test_a_stray_control_character_is_no_reason_to_refuse_a_book() -> None:
    assert "\x0f" in decode(b"A book of many words. " * 100 + b"\x0f", "x")


def test_xml_and_tags_in_a_text_are_text() -> None:
    assert decode(b"<?xml version='1.0'?><TEI>hello</TEI>", "x").startswith("<?xml")
    assert decode(b"the <html> tag", "x") == "the <html> tag"


def test_the_limit_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT", 2**20)
    with pytest.raises(CorpusError, match="larger than 1 MiB"):
        decode(b"a" * (2**20 + 1), "x")


@given(st.binary(max_size=300))
def test_any_bytes_are_a_clean_text_or_a_clear_error(data: bytes) -> None:
    try:
        text = decode(data, "x")
    except CorpusError:
        return
    assert "\r" not in text
    assert "\0" not in text
    text.encode()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=2))
def test_utf8_comes_back_as_it_is(text: str) -> None:
    if len(text.strip()) >= 2 and not text.startswith(("\ufeff", "%PDF-", "{\\rtf", "<")):
        assert decode(text.encode(), "x") == text
