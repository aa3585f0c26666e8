"""The HTTP server of a rehearsal: Render's, GitHub's and Vercel's API on one port of this machine."""

from __future__ import annotations

import hmac
import secrets
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from smctl.rehearsal.buckets import Buckets
from smctl.rehearsal.calls import Call, Calls
from smctl.rehearsal.control import Control
from smctl.rehearsal.exchange import Answer, Asked, Route, lead
from smctl.rehearsal.faults import Rule
from smctl.rehearsal.github_api import GitHubApi
from smctl.rehearsal.platform import Platform
from smctl.rehearsal.refusal import Refusal
from smctl.rehearsal.render_api import RenderApi
from smctl.rehearsal.vercel_api import VercelApi

RENDER, GITHUB, VERCEL = "/render/v1", "/github", "/vercel"

# On every answer of Render's that was recorded.
_ALWAYS = {
    "Referrer-Policy": "same-origin",
    "Vary": "Origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Xss-Protection": "1; mode=block",
}


class Api:
    """port: 0 for any that is free. url: of the server; below it each vendor has a path of its own."""

    def __init__(self, platform: Platform, port: int = 0) -> None:
        self.calls = Calls()
        self._platform = platform
        self._buckets = Buckets(platform.pace)
        self._routes: dict[str, Sequence[Route]] = {
            RENDER: RenderApi(platform).routes,
            GITHUB: GitHubApi(platform.github).routes,
            VERCEL: VercelApi(platform.vercel).routes,
            "": Control(platform, self.calls).routes,
        }
        self._server = _Server(self, port)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __repr__(self) -> str:
        return f"Api({self.url})"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead smctl here instead of to the vendors; the keys are among them."""
        return {
            "RENDER_API_URL": self.url + RENDER,
            "RENDER_API_KEY": self._platform.key,
            "GITHUB_API_URL": self.url + GITHUB,
            "GITHUB_TOKEN": self._platform.key,
            "VERCEL_API_URL": self.url + VERCEL,
            "VERCEL_TOKEN": self._platform.key,
        }

    def start(self) -> None:
        """Answer, and go on with what an earlier platform in the same folder left."""
        self._platform.begin()
        serving = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="api", daemon=True)
        serving.start()

    def stop(self) -> None:
        """Answer no more. The releases that run go on running."""
        self._server.shutdown()
        self._server.server_close()
        self._platform.end()

    def answer(self, asked: Asked, authorization: str) -> tuple[Answer, Rule | None]:
        """What to say, and the fault that hit, of which the server still has to carry out delays and cuts."""
        root, path = _rooted(asked.path)
        fault = self._platform.faults.of_request(asked.method, asked.path) if root else None
        if fault and fault.delay:
            time.sleep(fault.delay)
        if fault and fault.cut == "before":
            return Answer(0), fault
        said = self._said(root, replace(asked, path=path), authorization, fault)
        return (Answer(202) if fault and fault.empty_202 else said), fault

    def _said(self, root: str, asked: Asked, authorization: str, fault: Rule | None) -> Answer:
        if not hmac.compare_digest(authorization.encode(), f"Bearer {self._platform.key}".encode()):
            return self._headed(root, Answer(401, {"message": "Unauthorized"}), {})
        spent = self._buckets.spend(asked.method, asked.path) if root == RENDER else None
        headers = spent.headers if spent else {}
        if fault and fault.status:
            words = {"message": _WORDS.get(fault.status, "failed")} if fault.body is None else fault.body
            return self._headed(root, Answer(fault.status, words), headers | fault.headers)
        if spent and spent.left < 0:
            return self._headed(root, Answer(429, {"message": "rate limit exceeded"}), headers)
        return self._headed(root, self._done(root, asked), headers)

    def _done(self, root: str, asked: Asked) -> Answer:
        found = lead(self._routes[root], asked.method, asked.path)
        if found is None:
            return Answer(404, "404 page not found\n")
        act, named = found
        try:
            return act(replace(asked, named={name: unquote(value) for name, value in named.items()}))
        except Refusal as refusal:
            words = (
                {"error": {"message": refusal.message}} if root == VERCEL else {"message": refusal.message}
            )
            return Answer(refusal.status, words)

    def _headed(self, root: str, answer: Answer, headers: dict[str, str]) -> Answer:
        if root == RENDER:
            trace = f"api-rehearsal/{secrets.token_hex(5)}-{len(self.calls.all):06d}"
            headers = _ALWAYS | {"Render-Request-Id": trace} | headers
        return replace(answer, headers=answer.headers | headers)


_WORDS = {401: "Unauthorized", 404: "not found", 429: "rate limit exceeded", 500: "internal server error"}


def _rooted(path: str) -> tuple[str, str]:
    """Whose API a path belongs to, and the rest of it; the root is empty for the control interface."""
    for root in (RENDER, GITHUB, VERCEL):
        if path.startswith(root + "/"):
            return root, path.removeprefix(root)
    return "", path


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, api: Api, port: int) -> None:
        self.api = api
        super().__init__(("127.0.0.1", port), _Connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is its own affair; anything else is told on stderr."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one packet
    server: _Server
    timeout = 60

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(self.command, parts.path, parse_qs(parts.query, keep_blank_values=True), body)
        answer, fault = self.server.api.answer(asked, self.headers.get("Authorization", ""))
        self.server.api.calls.add(Call(asked.method, asked.path, answer.status))
        if fault and fault.answer_delay:
            time.sleep(fault.answer_delay)
        self._send(answer, cut=fault.cut if fault else "")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _send(self, answer: Answer, *, cut: str) -> None:
        written = answer.encoded()
        self.close_connection = bool(cut)
        if cut == "before" or (cut and not written):
            return
        self.send_response_only(answer.status)
        self.send_header("Date", formatdate(usegmt=True))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.type:
            self.send_header("Content-Type", answer.type)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written[: len(written) // 2] if cut else written)
        self.wfile.flush()

    def log_message(self, format: str, *arguments: object) -> None:
        """Nobody reads it; what was asked is in `calls`."""
