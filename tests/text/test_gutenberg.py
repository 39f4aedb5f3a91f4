"""Markers around Gutenberg's books."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.text.gutenberg import strip_blank_lines, strip_licence

BOOK = "    A TITLE\n\nOnce upon a time there was a text.\n\nTHE END"
STARTS = [
    "*** START OF THIS PROJECT GUTENBERG EBOOK A TITLE ***",
    "*** START OF THE PROJECT GUTENBERG EBOOK A TITLE ***",
    "***START OF THE PROJECT GUTENBERG EBOOK A TITLE***",
    "*** START OF THIS PROJECT GUTENBERG EBOOK A VERY, VERY LONG\nTITLE THAT GOES ON, AND ON ***",
    "*** START OF THE PROJECT GUTENBERG EBOOK WITHOUT AN END",
    "*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*",
    "*END THE SMALL PRINT! FOR PUBLIC DOMAIN EBOOKS*Ver.02/11/02*END*",
]
ENDS = [
    "*** END OF THIS PROJECT GUTENBERG EBOOK A TITLE ***",
    "*** END OF THE PROJECT GUTENBERG EBOOK A TITLE ***",
    "***END OF THE PROJECT GUTENBERG EBOOK A TITLE***",
    "End of Project Gutenberg's A Title, by Nobody",
    "End of Project Gutenberg’s A Title, by Nobody",
    "End of the Project Gutenberg EBook of A Title",
    "End of The Project Gutenberg Etext of A Title",
    "End of this Project Gutenberg Etext of A Title",
    "Ende dieses Projekt Gutenberg Etextes A Title",
    "Ende dieses Project Gutenberg Etextes A Title",
    "Fin de Project Gutenberg Etext A Title",
]
FOOTER = "\n\nUpdated editions will replace the previous one.\n*** START: FULL LICENSE ***\nlegalese\n"


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("end", ENDS)
def test_every_marker_bounds_the_book(start: str, end: str) -> None:
    assert strip_licence(f"The Project Gutenberg EBook\n\nTitle: A\n\n{start}\n\n\n{BOOK}\n\n\n{end}{FOOTER}") == BOOK


@pytest.mark.parametrize("start", STARTS)
def test_a_marker_may_be_on_the_first_line_and_the_end_may_be_missing(start: str) -> None:
    assert strip_licence(f"{start}\n\n{BOOK}\n\n") == BOOK


@pytest.mark.parametrize(
    "credit",
    [
        "Produced by David Widger",
        "Produced by Suzanne Shell, Charles Franks\nand the Online Distributed Proofreading Team",
        "E-text prepared by Somebody\nand Project Gutenberg Distributed Proofreaders",
        "Etext prepared by Somebody",
        "Produced by One\n\nE-text prepared by Another",
    ],
)
def test_credits_before_the_book_go(credit: str) -> None:
    assert strip_licence(f"{STARTS[0]}\n\n\n{credit}\n\n\n\n{BOOK}\n\n{ENDS[0]}") == BOOK


def test_the_last_start_and_the_first_end_after_it_count() -> None:
    text = f"{STARTS[5]}\nsmall print\n{ENDS[0]}\n{STARTS[0]}\n{BOOK}\n{ENDS[3]}\n\n{ENDS[0]}\n"
    assert strip_licence(text) == BOOK


def test_a_credit_in_the_middle_is_part_of_the_book() -> None:
    book = f"{BOOK}\n\nProduced by hand\n\nmore"
    assert strip_licence(f"{STARTS[0]}\n{book}\n{ENDS[0]}") == book


def test_without_its_header_the_footer_still_goes() -> None:
    assert strip_licence(f"{BOOK}\n\n{ENDS[0]}{FOOTER}") == BOOK


@pytest.mark.parametrize(
    "text",
    [
        "\n  indented\n\n",
        "He spoke of Project Gutenberg. The end of Project Gutenberg's story.\n",
        "*** START: FULL LICENSE ***\n",
        f"header\n{STARTS[0]}\n\n{ENDS[0]}\n",
    ],
)
def test_a_text_without_markers_or_with_nothing_between_them_is_left_whole(text: str) -> None:
    assert strip_licence(text) == text


PIECES = st.sampled_from([*STARTS, *ENDS, BOOK, "Produced by X\nand Y", "", "  ", "a line", "***"])


@given(st.lists(PIECES, max_size=12).map("\n".join))
def test_stripping_twice_is_stripping_once_unless_nothing_was_left(text: str) -> None:
    once = strip_licence(text)
    assert once in text
    if "PROJECT GUTENBERG" not in once.upper() and "SMALL PRINT" not in once:
        assert strip_licence(once) == once


@given(st.text(alphabet="a \n\t*"))
def test_blank_lines_go_at_the_ends_only(text: str) -> None:
    stripped = strip_blank_lines(text)
    assert stripped.strip() == text.strip()
    assert strip_blank_lines(stripped) == stripped
    assert not stripped.split("\n")[0].isspace()


def test_hostile_lengths_take_no_time() -> None:
    for text in [
        "*** START OF THE PROJECT GUTENBERG " * 3000,
        "\n" * 100_000,
        " \n" * 50_000,
        "Produced by\n" * 20_000,
    ]:
        strip_licence(STARTS[0] + "\n" + text)
        strip_blank_lines(text)
