"""Bytes of a book to text: encodings, line ends, and what is no text at all."""

import codecs
import re

from chargen.errors import CorpusError, NoTextError

# Bytes of what is read whole; only the pieces of chargen.text.pieces go beyond.
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
    # Files are unpacked before they come here: this one is within another, or comes from the network.
    (b"\x1f\x8b", "a gzip archive", "save it and unpack it with 'gunzip'"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", "save it and unpack it with 'unzstd'"),
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

_CONTROLS = "".join(map(chr, (*range(1, 9), 11, *range(14, 32), *range(0x7F, 0x85), *range(0x86, 0xA0))))
_CONTROL = re.compile(f"[{_CONTROLS}]")
_ASCII_CONTROLS = _CONTROLS.encode("latin-1")
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_ASCII = bytes(range(128))
# Bytes on both sides of an error that are looked at.
_AROUND = 2**16


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
    return decode_as(data, source)[0]


def decode_as(data: bytes, source: str) -> tuple[str, str]:
    """Decode a text as `decode` does, and tell its encoding.

    Args:
        data: As for `decode`.
        source: As for `decode`.

    Returns:
        The text, and the encoding's name in Python.

    Raises:
        NoTextError: It is no plain text, or has fewer than two characters.
        CorpusError: It is too long, or not in one encoding.
    """
    if len(data) > LIMIT:
        raise CorpusError(
            f"{source} is larger than {LIMIT >> 20} MiB, the most that is read whole; cut it with "
            f"'split -b {LIMIT >> 20}m' and give a part"
        )
    _refuse_documents(data, source)
    text, encoding = _characters(data, source, True)
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").rstrip("\x1a")
    refuse_controls(controls(text, source), len(text), source)
    if len(text.strip()) < 2:
        raise NoTextError(
            f"{source} is {'empty' if not text.strip() else 'one character long'}; give a file with a text in it"
        )
    return text, encoding


def encoding_of(head: bytes, source: str) -> str:
    """Tell a long text's encoding by its beginning.

    Args:
        head: Its first bytes; the last character may be cut.
        source: What to call it in errors.

    Returns:
        The encoding's name in Python.

    Raises:
        NoTextError: It is no plain text.
        CorpusError: It is not in one encoding.
    """
    _refuse_documents(head, source)
    text, encoding = _characters(head, source, False)
    refuse_controls(controls(text, source), len(text), source)
    return encoding


def controls(text: str, source: str) -> int:
    """Count the control characters of a text, or a piece of one.

    Args:
        text: The text.
        source: What to call it in errors.

    Returns:
        How many there are besides tabs, line ends and form feeds.

    Raises:
        NoTextError: It has NUL characters.
    """
    if "\0" in text:
        raise NoTextError(f"{source} is binary, not text: it has NUL characters; {_SAVE}")
    if text.isascii():  # ten times as fast
        return len(text) - len(text.encode().translate(None, _ASCII_CONTROLS))
    return len(_CONTROL.findall(text))


def refuse_controls(count: int, characters: int, source: str) -> None:
    """Refuse what has more control characters than a text.

    Args:
        count: Its control characters.
        characters: Its length.
        source: What to call it in the error.

    Raises:
        NoTextError: There is more than one in a thousand.
    """
    if count * 1000 > characters:
        raise NoTextError(f"{source} is binary, not text: it has control characters; {_SAVE}")


def _refuse_documents(data: bytes, source: str) -> None:
    if _PAGE.match(data.removeprefix(codecs.BOM_UTF8)[:2048]):
        raise NoTextError(
            f"{source} is a web page (HTML), not plain text; save the page's text, or take the .txt edition"
        )
    for magic, kind, remedy in _MAGIC:
        if data.startswith(magic):
            kinds = [found for mark, *found in _ZIPPED if mark in data[:2048]] if magic == _ZIP else []
            what, how = kinds[0] if kinds else (kind, remedy)
            raise NoTextError(f"{source} is {what}, not plain text; {how}")


def _characters(data: bytes, source: str, whole: bool) -> tuple[str, str]:
    """Try one encoding after the other; where the data are not whole, the last character may be cut."""

    def read(encoding: str, start: int = 0) -> tuple[str, str]:
        return codecs.getincrementaldecoder(encoding)().decode(data[start:], whole), encoding

    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return read(encoding, len(mark))
            except UnicodeDecodeError as error:
                raise CorpusError(
                    f"{source} starts with the mark of {encoding.upper()} but is not valid at byte "
                    f"{error.start + len(mark)}; save it as UTF-8 again"
                ) from error
    try:
        return read("utf-8")
    except UnicodeDecodeError as error:
        if b"\0" in data:
            raise NoTextError(f"{source} is binary, not text: it has NUL bytes; {_SAVE}") from None
        if _damaged_utf8(data, error.start):
            raise CorpusError(mixed(source, "utf-8", error.start)) from error
    for encoding in (_declared(data), _likeliest(data)):
        try:
            return read(encoding)
        except UnicodeDecodeError:
            continue
    return read("latin-1")


def mixed(source: str, encoding: str, byte: int) -> str:
    """Tell that a text is not in one encoding.

    Args:
        source: What to call the text.
        encoding: Of what precedes.
        byte: Where it ends to be valid, from 0.

    Returns:
        The message.
    """
    return (
        f"{source} is {encoding.upper()} up to byte {byte:,}, and there it is not: encodings are mixed in it; save it "
        "as UTF-8 again"
    )


def _damaged_utf8(data: bytes, error: int) -> bool:
    """Tell a damaged UTF-8 text from one of another encoding, by what is around its first error.

    Another encoding hardly ever has such sequences: ten before the first error, or nearly all, tell.
    """
    before, around = data[max(error - _AROUND, 0) : error], data[max(error - _AROUND, 0) : error + _AROUND]
    valid = sum(map(len, _SEQUENCE.findall(around)))
    return len(_SEQUENCE.findall(before)) >= 10 or valid > 0.9 * len(around.translate(None, _ASCII))


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
