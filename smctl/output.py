"""The only writer: data to stdout, everything else to stderr, as text or as JSON."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Any, TextIO

from smctl.errors import SmctlError

RED, YELLOW, GREEN, BOLD, DIM = "31", "33", "32", "1", "2"


class Output:
    """How this invocation speaks. One is made by the command line and handed to the verb."""

    def __init__(
        self, *, as_json: bool = False, quiet: bool = False, verbose: bool = False, color: bool = True
    ) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self.verbose = verbose
        # https://no-color.org: set and not empty
        self._color_allowed = color and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self.live = (
            not quiet
            and not as_json
            and _is_terminal(sys.stderr)
            and os.environ.get("TERM") != "dumb"
            and "CI" not in os.environ
        )

    def data(self, document: dict[str, Any], text: str) -> None:
        """The verb's result, once: the document with --json, else the text."""
        if self.as_json:
            write_stdout(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        elif text:
            write_stdout(text + "\n")

    def line(self, text: str) -> None:
        """One line of a stream (a log line, an event) on stdout."""
        write_stdout(text + "\n")

    def progress(self, text: str) -> None:
        """What is going on, for a person who waits."""
        if not self.quiet:
            write_stderr(text + "\n")

    def note(self, text: str) -> None:
        """Something the person should know, said also with --quiet."""
        write_stderr(self.paint(f"note: {text}", YELLOW, stream=sys.stderr) + "\n")

    def detail(self, text: str) -> None:
        """Said only with --verbose."""
        if self.verbose:
            write_stderr(self.paint(text, DIM, stream=sys.stderr) + "\n")

    def error(self, error: SmctlError) -> None:
        if self.as_json:
            write_stdout(json.dumps(error.as_document(), ensure_ascii=False, indent=2) + "\n")
            return
        write_stderr(self.paint("error: ", RED, stream=sys.stderr) + error.message + "\n")
        for line in error.why.splitlines():
            write_stderr(f"  {line}\n")
        if error.fix:
            write_stderr(self.paint("  → ", BOLD, stream=sys.stderr) + error.fix + "\n")

    def paint(self, text: str, style: str, *, stream: Any = None) -> str:
        """Text in one ANSI style (SGR code), where the stream is a terminal that wants it."""
        stream = stream or sys.stdout
        if not self._color_allowed or not _is_terminal(stream):
            return text
        return f"\x1b[{style}m{text}\x1b[0m"


def table(rows: Sequence[Sequence[str]], *, indent: str = "  ") -> str:
    """Rows of cells as aligned columns."""
    if not rows:
        return ""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in rows)
    return "\n".join((indent + line).rstrip() for line in lines)


def seconds(value: float) -> str:
    """A duration for people: 340 ms, 1.2 s, 2 min 5 s."""
    if value < 0.9995:
        return f"{value * 1000:.0f} ms"
    if value < 59.95:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s"


def plural(count: int, noun: str) -> str:
    """1 commit, 2 commits."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def on_a_terminal() -> bool:
    """Whether a person types and reads, so that a program may talk with them."""
    return _is_terminal(sys.stdin) and _is_terminal(sys.stdout)


def write_stdout(text: str) -> None:
    _write(sys.stdout, text)


def write_stderr(text: str) -> None:
    _write(sys.stderr, text)


# A stream that the caller closed, as with `smctl … >&-`, is None.


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _write(stream: TextIO | None, text: str) -> None:
    if stream is not None:
        stream.write(text)
        stream.flush()
