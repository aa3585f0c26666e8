"""Making lines while the server works on those before them."""

from collections.abc import Iterable
from queue import Full, Queue
from threading import Event, Thread
from typing import Self

# How many pieces are ready at most; together with their size, this is what bounds the memory.
READY = 4
LOOK_UP_SECONDS = 0.05


class Ahead:
    """A file for COPY, whose pieces a thread makes in advance. An empty piece ends one COPY; the next begins
    after it.
    """

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._queue: Queue[bytes | BaseException] = Queue(READY)
        self._abandoned = Event()
        self._thread = Thread(target=self._make, args=(pieces,), name="seed", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._abandoned.set()
        self._thread.join()

    def read(self, size: int = -1) -> bytes:
        """Return the next piece, whatever its size.

        Raises:
            Exception: the one that ended the thread.
        """
        piece = self._queue.get()
        if isinstance(piece, BaseException):
            raise piece
        return piece

    def _make(self, pieces: Iterable[bytes]) -> None:
        try:
            for piece in pieces:
                self._put(piece)
        except BaseException as error:
            self._put(error)

    def _put(self, piece: bytes | BaseException) -> None:
        while not self._abandoned.is_set():
            try:
                return self._queue.put(piece, timeout=LOOK_UP_SECONDS)
            except Full:
                continue
