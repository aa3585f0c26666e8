"""The table: on the terminal as it grows, and as docs/benchmarks.md."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.catalogue import Measure
from bench.rows import HEADINGS, Row

WIDTHS = (42, 8, 8, 28, 8, 8, 8, 8, 6)


@dataclass
class Result:
    """What came of a measure. missing: why there is nothing, or not all."""

    measure: Measure
    rows: list[Row] = field(default_factory=list)
    missing: str = ""


def line(cells: Sequence[str]) -> str:
    """Words to the left, figures to the right."""
    words = (0, 3, 8)
    return "  ".join(
        cell.ljust(width) if column in words else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(cells, WIDTHS))
    ).rstrip()


def heading() -> str:
    return line(HEADINGS)


def lines(row: Row) -> list[str]:
    return [line(row.cells()), *(f"    {remark}" for remark in row.remarks())]


def markdown(results: Sequence[Result], rounds: int) -> str:
    parts = [
        "# Benchmarks",
        "",
        f"`make bench`, {datetime.date.today().isoformat()}: {os.cpu_count()} CPUs, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}, {_count(rounds, 'round')}.",
        "",
        "Every figure is compared with one of the same run, taken in turns with it; the ratio is that of the "
        "medians. Absolute figures are one machine's, ratios travel better. The budgets are for a machine "
        "with two cores.",
        "",
        _row(HEADINGS),
        _row(["---" if column in (0, 3, 8) else "---:" for column in range(len(HEADINGS))]),
        *(_row(row.cells()) for result in results for row in result.rows),
        "",
        *_misses(results),
        "## How it is measured",
        "",
        "All of it runs on private copies of the project, on free ports of 127.0.0.1.",
        "",
    ]
    for result in results:
        parts += _section(result)
    return "\n".join(parts).rstrip() + "\n"


def _misses(results: Sequence[Result]) -> list[str]:
    names = [row.name for result in results for row in result.rows if row.verdict == "misses"]
    missed = (
        f"Over its budget: {'; '.join(dict.fromkeys(names))}." if names else "Nothing is over its budget."
    )
    return [missed, ""]


def _section(result: Result) -> list[str]:
    words = [f"**{result.measure.name}.** {result.measure.how}"]
    for row in result.rows:
        words += [f"{row.name}: {remark}." for remark in row.remarks()]
    if result.missing:
        words.append(f"Not measured: {result.missing}.")
    return [" ".join(words), ""]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
