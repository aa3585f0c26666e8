"""Kombu's Redis transport, without the moment in which a task is nowhere but in a worker's memory.

Kombu takes a task off the queue with BRPOP and then notes it as unacknowledged. A worker that is killed
between the two takes the task with it, and so does one that is stopped while its BRPOP waits. Here the server
itself moves the task to a list of handed-out tasks (BLMOVE); it leaves that list once it is noted, and
whatever stays there goes back to the queue. It may then run twice, which tasks allow for anyway (acks_late).
"""

import time
from collections.abc import Callable
from queue import Empty
from typing import Any, cast

from kombu.transport import redis
from kombu.utils.encoding import bytes_to_str
from kombu.utils.json import loads

# Atomic, so that two workers never put the same task back.
PUT_BACK = """
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 1 then
    redis.call('RPUSH', KEYS[2], ARGV[1])
end
"""


def handed_key(queue: str) -> str:
    """Return the name of the list of what was handed out from `queue` and not noted yet."""
    return f"{queue}:handed"


class QoS(redis.QoS):
    channel: "Channel"

    def restore_visible(self, start: int = 0, num: int = 10, interval: int = 10) -> None:
        """Kombu's periodic search for abandoned tasks, which looks among the handed-out ones too."""
        super().restore_visible(start, num, interval)
        self.channel.put_back_forgotten()

    def restore_unacked(self, client: Any = None) -> None:
        """Return to the queue what this worker was given and has not acknowledged.

        When a worker gives up a lost connection, kombu closes it twice, and the second time there is nothing
        left to connect with: an AttributeError, which ended the worker (kombu 5.7, seen when Redis crashed
        under load). Nothing is lost by leaving it: the visibility timeout returns the same tasks.
        """
        if getattr(self.channel.connection, "client", None) is None:
            cast(dict[str, Any], self._delivered).clear()
            return
        super().restore_unacked(client)


class Channel(redis.Channel):
    QoS = QoS
    # BLMOVE waits on one list, so the lists that kombu keeps for priorities are one.
    priority_steps = [0]
    # A task is noted within milliseconds of being handed out; after so many seconds nobody is going to.
    forgotten_after = 5.0
    from_transport_options = (*redis.Channel.from_transport_options, "forgotten_after")

    # Inherited; the type stubs lag behind kombu.
    connection_errors: tuple[type[Exception], ...]
    _flush_brpop_reauth: Callable[[], None]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._first_seen: dict[bytes, float] = {}
        self._waits_for = ""

    def _brpop_start(self, timeout: float | None = None) -> None:
        queues = list(self.active_queues)
        if len(queues) != 1:
            raise NotImplementedError(
                f"A worker serves one queue, not {queues}. Start one per queue, with -Q."
            )
        self._waits_for = queue = queues[0]
        self._in_poll = self.client.connection
        self._brpop_sent_at = time.monotonic()
        seconds = self.brpop_timeout if timeout is None else timeout
        self.client.connection.send_command("BLMOVE", queue, handed_key(queue), "RIGHT", "LEFT", seconds)

    def _brpop_read(self, **options: Any) -> bool:
        # Not the active queue: on shutdown there is none any more, but still a reply to take.
        queue = self._waits_for
        try:
            task = self._reply(**options)
            if task is None:
                raise Empty
            self.connection._deliver(loads(bytes_to_str(task)), queue)
        finally:
            self._in_poll = None
            self._flush_brpop_reauth()
        with self.conn_or_acquire() as client:
            client.lrem(handed_key(queue), 1, task)
        return True

    def _reply(self, **options: Any) -> bytes | None:
        connection = self.client.connection
        try:
            reply: bytes | None = self.client.parse_response(connection, "BLMOVE", **options)
        except self.connection_errors:
            # The next turn of the event loop connects anew.
            connection.disconnect()
            raise
        return reply

    def put_back_forgotten(self) -> None:
        """Return to the queue what was handed out some seconds ago and is still not noted."""
        now = time.monotonic()
        for queue in self.active_queues:
            handed = handed_key(queue)
            with self.conn_or_acquire() as client:
                waiting = client.lrange(handed, 0, -1)
                self._first_seen = {task: self._first_seen.get(task, now) for task in waiting}
                for task, seen in self._first_seen.items():
                    if now - seen >= self.forgotten_after:
                        client.eval(PUT_BACK, 2, handed, queue, task)


class Transport(redis.Transport):
    Channel = Channel
