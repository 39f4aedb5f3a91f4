"""Bytes of a book to text: encodings, line ends, and what is no text at all."""

import codecs
import re

from chargen.errors import CorpusError

LIMIT = 64 * 2**20

# The longer marks first: UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_SAVE = "open it and save it as plain text (UTF-8)"
_UNPACK = "unpack it first"
_ZIP = b"PK\x03\x04"
_MAGIC = (
    (_ZIP, "a zip archive", _UNPACK),
    (b"%PDF-", "a PDF document", "save its text with 'pdftotext'"),
    (b"{\\rtf", "an RTF document", _SAVE),
    (b"\xd0\xcf\x11\xe0", "an old Office document", _SAVE),
    (b"\x1f\x8b", "a gzip archive", "unpack it first with 'gunzip'"),
    (b"BZh", "a bzip2 archive", "unpack it first with 'bunzip2'"),
    (b"\xfd7zXZ\x00", "an xz archive", "unpack it first with 'unxz'"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
)
# What makes a zip archive a document: its first entries are named at its start.
_ZIPPED = (
    (b"application/epub+zip", "an EPUB book", "take the plain text edition, or convert it with 'ebook-convert'"),
    (b"opendocument", "an OpenDocument file", _SAVE),
    (b"[Content_Types].xml", "a Word (.docx) or other Office document", _SAVE),
)
_PAGE = re.compile(rb"\s*(?:<!doctype html|<html\b|<head\b|<\?xml.{0,500}?<html\b)", re.IGNORECASE | re.DOTALL)

_DECLARED = re.compile(rb"^Character set encoding:[ \t]*([\w.:-]+)", re.IGNORECASE | re.MULTILINE)
_TEXT_CODEC = re.compile(r"cp\d+|iso8859-\d+|koi8.*|mac.*|big5.*|gb.*|euc_.*|shift_jis.*|iso2022.*|hz|utf-(16|32).*")
# What books are found in; in the full list a rare relative of the right encoding often wins.
_CANDIDATES = ["cp1252", "cp1250", "iso8859_2", "cp1251", "koi8_r", "cp866", "cp1253", "cp1254"]
_CANDIDATES += ["shift_jis", "euc_jp", "gb18030", "big5", "euc_kr"]

_CONTROL = re.compile(r"[\x01-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]")


def decode(data: bytes, source: str) -> str:
    """Decode a text: byte order marks, UTF-8, then the encoding that is declared or likeliest.

    Args:
        data: The bytes of the file.
        source: What to call it in errors.

    Returns:
        The text, lines ending in LF, without byte order mark and trailing 0x1A.

    Raises:
        CorpusError: No text, not decodable, too long, or fewer than two characters.
    """
    if len(data) > LIMIT:
        raise CorpusError(
            f"{source} is larger than {LIMIT >> 20} MiB, the most that is read as one corpus; cut it with "
            f"'split -b {LIMIT >> 20}m' and train on a part"
        )
    _refuse_documents(data, source)
    text = _characters(data, source).lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").rstrip("\x1a")
    if "\0" in text or len(_CONTROL.findall(text)) * 1000 > len(text):
        raise CorpusError(f"{source} is binary, not text: it has control characters; {_SAVE}")
    if len(text.strip()) < 2:
        raise CorpusError(
            f"{source} is {'empty' if not text.strip() else 'one character long'}; give a file with a text in it"
        )
    return text


def _refuse_documents(data: bytes, source: str) -> None:
    if _PAGE.match(data.removeprefix(codecs.BOM_UTF8)[:2048]):
        raise CorpusError(
            f"{source} is a web page (HTML), not plain text; save the page's text, or take the .txt edition"
        )
    for magic, kind, remedy in _MAGIC:
        if data.startswith(magic):
            kinds = [found for mark, *found in _ZIPPED if mark in data[:2048]] if magic == _ZIP else []
            what, how = kinds[0] if kinds else (kind, remedy)
            raise CorpusError(f"{source} is {what}, not plain text; {how}")


def _characters(data: bytes, source: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise CorpusError(
                    f"{source} starts with the mark of {encoding.upper()} but is not valid at byte "
                    f"{error.start + len(mark)}; save it as UTF-8 again"
                ) from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        if b"\0" in data:
            raise CorpusError(f"{source} is binary, not text: it has NUL bytes; {_SAVE}") from None
    for encoding in (_declared(data), _likeliest(data)):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _declared(data: bytes) -> str:
    """What a Gutenberg header says; ISO-8859-1 is read as its superset, which is what is meant."""
    declaration = _DECLARED.search(data[:8192])
    if declaration is None:
        return "ascii"
    try:
        name = codecs.lookup(declaration[1].decode()).name
    except (LookupError, UnicodeDecodeError, ValueError):
        return "ascii"
    if name == "iso8859-1":
        return "cp1252"
    return name if _TEXT_CODEC.fullmatch(name) else "ascii"


def _likeliest(data: bytes) -> str:
    """Judge by the lines that are not ASCII; Western where the evidence does not clearly say otherwise."""
    from charset_normalizer import from_bytes  # few books need it

    telling = b"\n".join(re.findall(rb"[^\n]*[\x80-\xff][^\n]*", data)[:1000])[:65536]
    matches = list(from_bytes(telling, cp_isolation=_CANDIDATES))
    if not matches:
        return "cp1252"
    best = matches[0]
    for match in matches:
        close = match.chaos <= best.chaos + 0.03 and match.coherence >= best.coherence - 0.05
        if close and "cp1252" in match.could_be_from_charset:
            return "cp1252"
    return best.encoding
