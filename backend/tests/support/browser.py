"""A real Chromium, driven over a pipe in its own protocol, and all that it complained about."""

import itertools
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.processes import stop, wait_until

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    # Its sandbox refuses root, and a container forbids it; it visits this project's own pages only.
    "--no-sandbox",
)
COMPLAINTS = ("Log.entryAdded", "Runtime.exceptionThrown")
ANSWER_SECONDS = 20.0


def program() -> str | None:
    """Return where Chromium is, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Browser:
    """One tab. `complaints` has what the console showed since the last visit, errors and warnings."""

    def __init__(self, commands: int, replies: int) -> None:
        self._commands = commands
        self._replies = replies
        self._numbers = itertools.count(1)
        self._unread = b""
        self._session: str | None = None
        self.complaints: list[str] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")

    def visit(self, url: str, *, until: str) -> None:
        """Open the page and wait until the expression `until` is true in it."""
        self.complaints.clear()
        self._call("Page.navigate", url=url)
        self.wait(until)

    def wait(self, until: str) -> None:
        wait_until(lambda: bool(self.run(f"Boolean({until})")), seconds=ANSWER_SECONDS)

    def run(self, expression: str) -> Any:
        """Return what the expression is in the page; it has to be what JSON can say."""
        outcome = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        return outcome["result"].get("value")

    def fill(self, selector: str, text: str) -> None:
        """Put the text into an input as if it were typed; React looks at the event."""
        self.run(
            f"(input => {{ Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')"
            f".set.call(input, {json.dumps(text)});"
            "input.dispatchEvent(new Event('input', { bubbles: true })) })"
            f"(document.querySelector({json.dumps(selector)}))"
        )

    def set_cookie(self, url: str, name: str, value: str) -> None:
        self._call("Network.setCookie", url=url, name=name, value=value)

    def _call(self, method: str, **parameters: Any) -> Any:
        number = next(self._numbers)
        command = {"id": number, "method": method, "params": parameters}
        if self._session is not None:
            command["sessionId"] = self._session
        os.write(self._commands, json.dumps(command).encode() + b"\0")
        while (message := self._read()).get("id") != number:
            self._note(message)
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']}")
        return message["result"]

    def _read(self) -> dict[str, Any]:
        deadline = time.monotonic() + ANSWER_SECONDS
        while b"\0" not in self._unread:
            if not select.select([self._replies], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TimeoutError("Chromium says nothing")
            self._unread += os.read(self._replies, 65536)
        message, _, self._unread = self._unread.partition(b"\0")
        read: dict[str, Any] = json.loads(message)
        return read

    def _note(self, message: dict[str, Any]) -> None:
        if message["method"] not in COMPLAINTS:
            return
        entry = message["params"].get("entry", {"level": "error", "text": json.dumps(message["params"])})
        if entry["level"] in ("error", "warning"):
            self.complaints.append(f"{entry['text']} {entry.get('url', '')}")


@contextmanager
def browsing(path: str, profile: Path) -> Iterator[Browser]:
    """Run the browser at `path` with a profile of its own for as long as the block lasts."""
    commands_out, commands_in = os.pipe()
    replies_out, replies_in = os.pipe()
    # It reads commands from descriptor 3 and writes replies to 4. A shell knows numbers of one digit only.
    shell = f'exec "$@" 3</proc/self/fd/{commands_out} 4>/proc/self/fd/{replies_in}'
    process = subprocess.Popen(
        ["sh", "-c", shell, "sh", path, *OPTIONS, f"--user-data-dir={profile}", "about:blank"],
        pass_fds=(commands_out, replies_in),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(commands_out)
    os.close(replies_in)
    try:
        yield Browser(commands_in, replies_out)
    finally:
        os.close(commands_in)
        os.close(replies_out)
        stop(process)
