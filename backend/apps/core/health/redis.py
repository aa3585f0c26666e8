"""Is Redis answering, and has a worker told it lately that it is alive. One round trip for both."""

import time

from apps.core.health.resp import Address, Connection, Reply, RespError
from apps.core.health.state import ServiceDown, State

SOCKET_TIMEOUT_SECONDS = 1.0


class RedisCheck:
    """Callable, for one thread at a time; keeps its connection from one check to the next."""

    def __init__(self, url: str, *, heartbeat_key: str) -> None:
        self._address = Address.from_url(url)
        self._commands = (("PING",), ("GET", heartbeat_key))
        self._connection: Connection | None = None

    def __call__(self) -> dict[str, State]:
        deadline = time.monotonic() + SOCKET_TIMEOUT_SECONDS
        try:
            heartbeat = self._ask_again(deadline) or self._ask(deadline)
        except TimeoutError:
            self.close()
            raise
        except (OSError, RespError) as error:
            self.close()
            raise ServiceDown from error
        return {"redis": State.OK, "workers": State.OK if heartbeat[1] is not None else State.DOWN}

    def _ask_again(self, deadline: float) -> list[Reply] | None:
        """Use the kept connection; None where there is none any more: Redis may have restarted since."""
        if self._connection is None:
            return None
        try:
            return self._ask(deadline)
        except ConnectionError:
            self.close()
            return None

    def _ask(self, deadline: float) -> list[Reply]:
        if self._connection is None:
            self._connection = Connection(self._address, deadline=deadline)
        return self._connection.pipeline(self._commands, deadline=deadline)

    def close(self) -> None:
        """Give up the kept connection; the next check opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
