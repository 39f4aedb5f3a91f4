"""Bytes of a table to text."""

import codecs
import re

from chargen.errors import SeriesError

LIMIT = 64 * 2**20

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SAVE = "save it as CSV (UTF-8)"
_MAGIC = (
    (b"PK\x03\x04", "a spreadsheet or another zip archive", _SAVE),
    (b"\xd0\xcf\x11\xe0", "an old Office document", _SAVE),
    (b"%PDF-", "a PDF document", _SAVE),
    (b"\x1f\x8b", "a gzip archive", "unpack it first with 'gunzip'"),
    (b"SQLite format 3", "a database", "export its table as CSV"),
)
_PAGE = re.compile(r"\s*<(?:!doctype html|html|head)\b", re.IGNORECASE)
_CONTROL = re.compile(r"[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")


def decode(data: bytes, source: str) -> str:
    """Decode a table: byte order marks, UTF-8, then Western encodings.

    Args:
        data: The bytes of the file.
        source: What to call it in errors.

    Returns:
        The text, lines ending in LF.

    Raises:
        SeriesError: Too large, empty, or no text.
    """
    if len(data) > LIMIT:
        raise SeriesError(
            f"{source} is larger than {LIMIT >> 20} MiB, the most that is read; keep what is needed of it"
        )
    for magic, kind, remedy in _MAGIC:
        if data.startswith(magic):
            raise SeriesError(f"{source} is {kind}, not a table of text; {remedy}")
    text = _characters(data, source).replace("\r\n", "\n").replace("\r", "\n").rstrip("\x1a")
    if _PAGE.match(text):
        raise SeriesError(f"{source} is a web page (HTML), not a table of text; save its table as CSV")
    if _CONTROL.search(text):
        raise SeriesError(f"{source} is binary, not a table of text: it has control characters; {_SAVE}")
    if not text.strip():
        raise SeriesError(f"{source} is empty; give a table with dates and numbers")
    return text


def _characters(data: bytes, source: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise SeriesError(
                    f"{source} starts with the mark of {encoding.upper()} but is not valid at byte "
                    f"{error.start + len(mark)}; {_SAVE}"
                ) from error
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")
