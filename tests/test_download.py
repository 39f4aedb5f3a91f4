"""Downloads against a real server that does everything wrong."""

import gzip
import re
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargen import __version__
from chargen.download import Limits, download
from chargen.errors import ChargenError, CorpusError, FetchError, UnknownBookError
from chargen.text.decode import decode

TEXT = ("It was a bright cold day in April. " * 200).encode()
# Where nothing is slow on purpose a busy machine has time; where something is, the test need not wait long.
PATIENT = Limits(connect=10, read=10, total=30, pause=0.01, size=100_000)
QUICK = Limits(connect=1.0, read=0.3, total=2.0, pause=0.01, size=100_000)
Web = Any


def get(web: Web, path: str, folder: Path, limits: Limits = PATIENT, **kwargs: Any) -> str:
    return download([web.url + path], folder / "book.txt", decode, limits=limits, **kwargs)


def answer(status: int = 200, body: bytes = b"", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def send(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)

    return send


def test_a_url_is_fetched_whole_and_nothing_else_is_left(web: Web, tmp_path: Path) -> None:
    web.pages["/book.txt"] = TEXT
    seen: list[tuple[int, int | None]] = []
    url = get(web, "/book.txt", tmp_path / "new", on_progress=lambda done, total: seen.append((done, total)))
    assert url == f"{web.url}/book.txt"
    assert (tmp_path / "new" / "book.txt").read_bytes() == TEXT
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["book.txt"]
    assert seen[-1] == (len(TEXT), len(TEXT))
    assert web.asked == ["/book.txt"]
    assert web.agents[0].startswith(f"chargen/{__version__}")


def test_urls_are_tried_in_turn_until_one_has_the_text(web: Web, tmp_path: Path) -> None:
    web.pages["/2701-0.txt"] = TEXT
    urls = [f"{web.url}/cache/2701.txt", f"{web.url}/2701-0.txt", f"{web.url}/never"]
    assert download(urls, tmp_path / "x.txt", decode, limits=PATIENT).endswith("/2701-0.txt")
    assert web.asked == ["/cache/2701.txt", "/2701-0.txt"]


def test_the_content_has_to_pass_the_check(web: Web, tmp_path: Path) -> None:
    def check(data: bytes, source: str) -> None:
        raise ChargenError(f"{source} has {len(data)} bytes of something else")

    web.pages["/book"] = TEXT
    with pytest.raises(FetchError, match=rf"gave no text: {web.url}/book has {len(TEXT)} bytes"):
        download([web.url + "/book"], tmp_path / "x.txt", check, limits=PATIENT)
    assert list(tmp_path.iterdir()) == []


def test_gzip_in_transit_is_unpacked(web: Web, tmp_path: Path) -> None:
    half = len(TEXT) // 2
    members = gzip.compress(TEXT[:half]) + gzip.compress(TEXT[half:]) + b"\0" * 9
    web.pages["/z"] = answer(body=members, Content_Encoding="gzip")
    get(web, "/z", tmp_path)
    assert (tmp_path / "book.txt").read_bytes() == TEXT


def test_a_redirect_is_followed(web: Web, tmp_path: Path) -> None:
    web.pages["/old"] = answer(302, Location="/new")
    web.pages["/new"] = TEXT
    get(web, "/old", tmp_path)
    assert web.asked == ["/old", "/new"]


def test_a_busy_server_is_asked_once_more(web: Web, tmp_path: Path) -> None:
    def busy_once(request: BaseHTTPRequestHandler) -> None:
        web.pages["/book"] = TEXT
        answer(503)(request)

    web.pages["/book"] = busy_once
    get(web, "/book", tmp_path)
    assert web.asked == ["/book", "/book"]


def endless(request: BaseHTTPRequestHandler) -> None:
    answer(Content_Type="text/plain")(request)
    while True:
        request.wfile.write(TEXT)


def endless_redirect(request: BaseHTTPRequestHandler) -> None:
    answer(302, Location="/book", Content_Type="text/plain")(request)
    while True:
        request.wfile.write(TEXT)


def endless_nothing(request: BaseHTTPRequestHandler) -> None:
    answer(Content_Encoding="gzip")(request)
    while True:
        request.wfile.write(gzip.compress(b"") * 100)


def trickle(request: BaseHTTPRequestHandler) -> None:
    answer(Content_Type="text/plain")(request)
    for _ in range(400):
        request.wfile.write(b"drip ")
        time.sleep(0.05)


def truncated(request: BaseHTTPRequestHandler) -> None:
    answer(body=TEXT[:1000], Content_Length=str(len(TEXT)))(request)
    request.close_connection = True


def silent(request: BaseHTTPRequestHandler) -> None:
    time.sleep(0.6)


def stalls(request: BaseHTTPRequestHandler) -> None:
    answer(body=TEXT[:100], Content_Length=str(len(TEXT)))(request)
    time.sleep(0.6)


def hangs_up(request: BaseHTTPRequestHandler) -> None:
    request.connection.shutdown(socket.SHUT_RDWR)
    request.close_connection = True


PAGE = b"<!DOCTYPE html><html><body>Are you a robot?</body></html>"

FAILURES = {
    "404": (answer(404), r"no such text", 1),
    "503": (answer(503), r"busy or out of order \(503\)", 2),
    "403": (answer(403), r"refused \(403\)", 1),
    "captcha": (answer(body=PAGE, Content_Type="text/html"), "captcha", 1),
    "page as text": (answer(body=PAGE, Content_Type="text/plain"), r"web page \(HTML\)", 1),
    "epub": (answer(body=b"PK\x03\x04" + b"mimetypeapplication/epub+zip"), "EPUB", 1),
    "empty": (answer(body=b""), "is empty", 1),
    "endless": (endless, "larger than", 1),
    "too long": (answer(body=TEXT, Content_Length="999999999999"), "larger than", 1),
    "gzip bomb": (answer(body=gzip.compress(b"a" * 50_000_000), Content_Encoding="gzip"), "larger than", 1),
    "bad gzip": (answer(body=b"\x1f\x8bnonsense", Content_Encoding="gzip"), "damaged gzip", 1),
    "half a gzip": (answer(body=gzip.compress(TEXT)[:60], Content_Encoding="gzip"), "before the end", 2),
    "another encoding": (answer(body=TEXT, Content_Encoding="gzip, gzip"), "where gzip was asked for", 1),
    "endless nothing": (endless_nothing, "larger than", 1),
    "truncated": (truncated, "before the end", 2),
    "silent": (silent, "silent for 0.3 s", 2),
    "stalls": (stalls, "silent for 0.3 s", 2),
    "hangs up": (hangs_up, "hung up", 2),
    "loop": (answer(302, Location="/book"), "again and again", 6),
    "loop of endless bodies": (endless_redirect, "again and again", 6),
    "to half an address": (answer(302, Location="//["), "no web address", 1),
    "to no address": (answer(302, Location="http://\xff/"), "no web address", 1),
    "to a file": (answer(302, Location="file:///etc/passwd"), "InvalidSchema", 1),
}


@pytest.mark.parametrize("name", FAILURES)
def test_what_a_server_does_wrong_is_told_and_leaves_nothing(name: str, web: Web, tmp_path: Path) -> None:
    web.pages["/book"], reason, requests = FAILURES[name]
    with pytest.raises(FetchError, match=reason) as caught:
        get(web, "/book", tmp_path, QUICK if "silent" in reason else PATIENT)
    assert "127.0.0.1" in str(caught.value)
    assert list(tmp_path.iterdir()) == []
    assert len(web.asked) == requests


LINES = [
    *("HTTP/1.1 200 OK", "HTTP/1.1 302 Found", "HTTP/9.9 200", "ICY 200 OK", "HTTP/1.1 -1 X", "HTTP/1.1 100 Go", ""),
    *("Content-Length: 5", "Content-Length: -1", "Content-Length: ²", "Content-Length: 99999999999999999999"),
    *("Content-Encoding: gzip", "Content-Encoding: deflate, gzip", "Transfer-Encoding: chunked", "Location: //["),
    *("Location: http://\xff/", "Location: mailto:x", "no colon", ": x", " folded", "ffffffffffffffffff", "-5", "0"),
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(st.sampled_from(LINES), max_size=6).map("\r\n".join), st.binary(max_size=20))
def test_any_bytes_of_a_server_are_a_text_or_a_clear_error(web: Web, tmp_path: Path, head: str, body: bytes) -> None:
    def say(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(head.encode() + b"\r\n\r\n" + body)
        request.close_connection = True

    web.pages["/book"] = say
    try:
        get(web, "/book", tmp_path / "new", QUICK)
    except FetchError:
        assert not (tmp_path / "new" / "book.txt").exists()
    assert {path.name for path in (tmp_path / "new").iterdir()} <= {"book.txt"}
    (tmp_path / "new" / "book.txt").unlink(missing_ok=True)


def test_a_trickle_ends_at_the_total_time(web: Web, tmp_path: Path) -> None:
    web.pages["/book"] = trickle
    begun = time.monotonic()
    with pytest.raises(FetchError, match=r"not finished after 0\.5 s"):
        get(web, "/book", tmp_path, Limits(read=0.3, total=0.5))
    assert time.monotonic() - begun < 10  # the page itself takes longer
    assert list(tmp_path.iterdir()) == []


def test_nobody_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/7"
    with pytest.raises(FetchError, match=r"#7 \(127.0.0.1: cannot be reached\)"):
        download([url, url + "/again"], tmp_path / "x.txt", decode, "#7", limits=PATIENT)


def test_an_unreachable_host_is_not_asked_for_its_other_path(web: Web, tmp_path: Path) -> None:
    web.pages["/slow"] = trickle
    web.pages["/other"] = TEXT
    with pytest.raises(FetchError):
        download([web.url + "/slow", web.url + "/other"], tmp_path / "x.txt", decode, limits=Limits(total=0.3))
    assert web.asked == ["/slow"]


@pytest.mark.parametrize("url", ["ftp://example.org/x", "file:///etc/passwd", "http://", "http://[", "alice"])
def test_only_the_web_is_fetched(url: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownBookError, match="no web address"):
        download([url], tmp_path / "x.txt", decode, limits=PATIENT)


def test_control_c_leaves_nothing(web: Web, tmp_path: Path) -> None:
    web.pages["/book"] = TEXT

    def interrupt(done: int, total: int | None) -> None:
        assert [path.suffix for path in tmp_path.iterdir()] == [".part"]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get(web, "/book", tmp_path, on_progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(web: Web, tmp_path: Path) -> None:
    web.pages["/book"] = TEXT
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(CorpusError, match=re.escape(str(tmp_path / "file" / "book.txt"))) as caught:
        get(web, "/book", tmp_path / "file")
    assert not isinstance(caught.value, FetchError)  # no offline book stands in for a folder that refuses
    with pytest.raises(CorpusError):
        get(web, "/book", tmp_path / "file")


def test_two_fetches_at_once_leave_one_whole_file(web: Web, tmp_path: Path) -> None:
    web.pages["/book"] = TEXT

    threads = [threading.Thread(target=get, args=(web, "/book", tmp_path)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "book.txt").read_bytes() == TEXT
    assert len(list(tmp_path.iterdir())) == 1
