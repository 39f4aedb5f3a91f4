"""A real web server on the loopback, as obliging or as nasty as a test wants."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class WebServer:
    """What the server answers by path, and which paths it was asked for."""

    url: str
    pages: dict[str, bytes | Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    for variable in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(variable, "127.0.0.1")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            server.agents.append(self.headers["User-Agent"])
            page = server.pages.get(self.path)
            if page is None:
                self.send_error(404)
            elif isinstance(page, bytes):
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; charset=utf-8")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)
            else:
                try:
                    page(self)
                except OSError:
                    self.close_connection = True  # the client had enough

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        server = WebServer(f"http://127.0.0.1:{listener.server_port}")
        thread = threading.Thread(target=lambda: listener.serve_forever(poll_interval=0.01), daemon=True)
        thread.start()
        yield server
        listener.shutdown()
        thread.join()
