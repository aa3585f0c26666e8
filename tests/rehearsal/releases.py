"""Releases as small as they can be: real HTTP servers that say which one they are."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from smctl.rehearsal.proxy import Target


class Release(BaseHTTPRequestHandler):
    """Answers with its name. /slow takes a while, /cut hangs up, /half hangs up in the middle."""

    protocol_version = "HTTP/1.1"
    name = ""
    slow = 0.3  # seconds

    def do_GET(self) -> None:
        if self.path == "/cut":
            self.close_connection = True
            return
        if self.path == "/slow":
            time.sleep(self.slow)
        if self.path == "/chunked":
            return self._chunked(b"one", b"two", b"three")
        if self.path == "/headers":
            return self._reply(str(self.headers).encode())
        if self.path == "/half":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")
            self.close_connection = True
            return
        self._reply(self.name.encode())

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1234")
        self.end_headers()

    def do_POST(self) -> None:
        if self.path == "/too-large":
            self.close_connection = True
            return self._reply(b"no", status=413)
        if self.headers.get("Transfer-Encoding") == "chunked":
            return self._reply(b"".join(self._chunks()))
        self._reply(self.rfile.read(int(self.headers["Content-Length"])))

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _chunked(self, *parts: bytes) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in parts:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def _reply(self, body: bytes, *, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """The test's own output stays readable."""


@contextmanager
def release(name: str) -> Iterator[Target]:
    handler = type("Named", (Release,), {"name": name})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield ("127.0.0.1", server.server_address[1])
        server.shutdown()
