"""A server on loopback that stands where Sentry's would, and keeps what it is sent."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Sentry:
    dsn: str
    envelopes: list[str] = field(default_factory=list)

    @property
    def events(self) -> list[dict[str, Any]]:
        """Return the events in the envelopes: one JSON document a line, after a line that says what it is."""
        return [
            json.loads(document)
            for envelope in self.envelopes
            for kind, document in zip(envelope.splitlines()[1::2], envelope.splitlines()[2::2], strict=False)
            if json.loads(kind)["type"] == "event"
        ]


@contextmanager
def listening() -> Iterator[Sentry]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["Content-Encoding"] == "gzip":
                body = gzip.decompress(body)
            sentry.envelopes.append(body.decode())
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        sentry = Sentry(f"http://public@127.0.0.1:{server.server_port}/1")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield sentry
        finally:
            server.shutdown()
