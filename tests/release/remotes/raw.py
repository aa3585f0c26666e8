"""A server that says what no platform says."""

from __future__ import annotations

import socket
import threading
from typing import ClassVar


class Raw:
    """A server that answers every connection with the same bytes. heard: the last request, by its URL."""

    heard: ClassVar[dict[str, bytes]] = {}

    def __init__(self, answer: bytes, *, linger: bool = False) -> None:
        self._answer = answer
        self._linger = linger
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._kept: list[socket.socket] = []
        self._url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> str:
        threading.Thread(target=self._serve, daemon=True).start()
        return self._url

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.heard[self._url] = connection.recv(65536)
            connection.sendall(self._answer)
            self._kept.append(connection)
            if not self._linger:
                connection.close()

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        for connection in self._kept:
            connection.close()
