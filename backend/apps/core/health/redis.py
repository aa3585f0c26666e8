"""Is Redis answering, and has a worker told it lately that it is alive. One round trip for both."""

import time

from apps.core.health.resp import KeptConnection, RespError
from apps.core.health.state import ServiceDown, State

SOCKET_TIMEOUT_SECONDS = 1.0


class RedisCheck:
    """Callable, for one thread at a time; keeps its connection from one check to the next."""

    def __init__(self, url: str, *, heartbeat_key: str) -> None:
        self._redis = KeptConnection(url)
        self._commands = (("PING",), ("GET", heartbeat_key))

    def __call__(self) -> dict[str, State]:
        try:
            _, heartbeat = self._redis.ask(self._commands, deadline=time.monotonic() + SOCKET_TIMEOUT_SECONDS)
        except TimeoutError:
            raise
        except (OSError, RespError) as error:
            raise ServiceDown from error
        return {"redis": State.OK, "workers": State.OK if heartbeat is not None else State.DOWN}

    def close(self) -> None:
        self._redis.close()
