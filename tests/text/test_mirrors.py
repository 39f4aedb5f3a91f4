"""Where books are asked for."""

from chargen.text.mirrors import MIRRORS, addresses


def test_a_number_is_put_into_each_mirror() -> None:
    mirrors = ["http://a/cache/{number}.txt", "http://b/{tree}/{number}/{number}-0.txt"]
    assert addresses(2701, mirrors) == ["http://a/cache/2701.txt", "http://b/2/7/0/2701/2701-0.txt"]


def test_a_one_digit_number_lives_under_0() -> None:
    assert addresses(5, ["http://a/{tree}/{number}/{number}.txt"]) == ["http://a/0/5/5.txt"]


def test_a_url_is_its_own_address() -> None:
    assert addresses("http://a/x.txt") == ["http://a/x.txt"]


def test_project_gutenberg_comes_first() -> None:
    assert addresses(11)[0] == "https://www.gutenberg.org/cache/epub/11/pg11.txt"
    assert all(mirror.startswith("https://") for mirror in MIRRORS)
