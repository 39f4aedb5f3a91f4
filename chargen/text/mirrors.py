"""Where Project Gutenberg and its mirrors keep a book."""

from collections.abc import Sequence

# Where the text of a number is, the most current edition first; `tree` is 2/7/0 for 2701.
MIRRORS = (
    "https://www.gutenberg.org/cache/epub/{number}/pg{number}.txt",
    "https://www.gutenberg.org/files/{number}/{number}-0.txt",
    "https://gutenberg.pglaf.org/cache/epub/{number}/pg{number}.txt",
    "https://aleph.gutenberg.org/{tree}/{number}/{number}-0.txt",
)


def addresses(book: int | str, mirrors: Sequence[str] = MIRRORS) -> list[str]:
    """List the URLs of a book.

    Args:
        book: Its number, or an http(s) URL.
        mirrors: URLs with {number} and {tree}.

    Returns:
        The URLs, to be tried in turn.
    """
    if isinstance(book, str):
        return [book]
    tree = "/".join(str(book)[:-1]) or "0"
    return [mirror.format(number=book, tree=tree) for mirror in mirrors]
