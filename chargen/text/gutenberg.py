"""Project Gutenberg's header, footer and credits around a book."""

import re

_LINE = r"^[ \t]*"
# A long title may go on for a line or two before the closing asterisks.
_TITLE = r"(?:(?:[^\n]*\n(?=[ \t]*\S)){0,3}?[^\n]*\*\*\*|)[^\n]*$"
_START = re.compile(
    rf"{_LINE}\*\*\*[ \t]?START OF TH(?:E|IS) PROJECT GUTENBERG\b{_TITLE}"
    rf"|{_LINE}\*END\*?[ \t]?THE SMALL PRINT![^\n]*$",
    re.IGNORECASE | re.MULTILINE,
)
_END = re.compile(
    rf"{_LINE}\*\*\*[ \t]?END OF TH(?:E|IS) PROJECT GUTENBERG\b"
    rf"|{_LINE}[*_]*End of (?:the |this )?Project Gutenberg(?:['’]s| EBook| Etext)\b"
    rf"|{_LINE}[*_]*Ende dieses Proje[ck]t Gutenberg\b"
    rf"|{_LINE}[*_]*Fin de Project Gutenberg\b",
    re.IGNORECASE | re.MULTILINE,
)
_CREDITS = re.compile(
    r"\s*(?:Produced by|E-?text prepared by)\b[^\n]*(?:\n(?=[ \t]*\S)[^\n]*){0,15}(?=\n[ \t]*\n|\s*\Z)", re.I
)


def strip_licence(text: str) -> str:
    """Cut Project Gutenberg's header, credits and footer off a book.

    Args:
        text: The whole file, lines ending in LF.

    Returns:
        What lies between the last start marker and the first end marker after it, without blank lines around it;
        the text itself when it has no markers or nothing between them.
    """
    starts = list(_START.finditer(text))
    begin = starts[-1].end() if starts else 0
    end = _END.search(text, begin)
    if not starts and end is None:
        return text
    book = text[begin : end.start() if end else len(text)]
    while match := _CREDITS.match(book):
        book = book[match.end() :]
    return strip_blank_lines(book) or text


def strip_blank_lines(text: str) -> str:
    """Drop blank lines at both ends; the first line keeps its indentation.

    Args:
        text: Any text.

    Returns:
        The text, ending in a character that is no white space.
    """
    tail = text.rstrip()
    lead = len(tail) - len(tail.lstrip())
    return tail[tail.rfind("\n", 0, lead) + 1 :]
