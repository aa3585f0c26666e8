"""Demo data: what is asked for, and what there was in the end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from smctl.data import manage
from smctl.errors import SmctlError
from smctl.stack.engine import Engine

PROGRESS = "seed: "  # how a line of progress begins; every other line is evidence
COUNTED = ("businesses", "products", "customers", "transactions")


@dataclass(frozen=True)
class Wanted:
    """users: how many demo businesses there are to be, each with its user. products, customers, transactions:
    of each business; None for the command's own default. as_of: the last day of the data, YYYY-MM-DD, "" for
    the default. reset: the demo data is removed first.
    """

    users: int
    products: int | None = None
    customers: int | None = None
    transactions: int | None = None
    as_of: str = ""
    reset: bool = False

    @property
    def words(self) -> list[str]:
        counts = {
            "--users": self.users,
            "--products": self.products,
            "--customers": self.customers,
            "--transactions": self.transactions,
            "--as-of": self.as_of or None,
        }
        given = [f"{option}={value}" for option, value in counts.items() if value is not None]
        return ["seed_demo", *given, *(["--reset"] if self.reset else []), "--json"]


def seed(engine: Engine, wanted: Wanted, *, on_progress: Callable[[str], None]) -> dict[str, Any]:
    """Make the demo data and return the command's document of what is there now, with our "seconds".

    on_progress: called with each line of progress. Raises SmctlError (`seed_failed`) with what the command
    said.
    """
    began, said = time.perf_counter(), list[str]()

    def told(line: str) -> None:
        if line.startswith(PROGRESS):
            on_progress(line.removeprefix(PROGRESS))
        else:
            said.append(line)

    done = engine.capture("web", [*manage.PROGRAM, *wanted.words], on_line=told)
    if done.status != 0:
        raise _failed(said, done.status)
    return document(done.stdout) | {"seconds": round(time.perf_counter() - began, 3)}


def document(stdout: str) -> dict[str, Any]:
    """What the command says is there. Raises SmctlError (`seed_failed`) where it does not say all of it."""
    try:
        said = json.loads(stdout)
        counts = [said[part][name] for part in ("created", "totals") for name in COUNTED]
        if said["checksum"] and all(isinstance(count, int) for count in counts):
            return dict(said)
    except (ValueError, KeyError, TypeError):
        pass
    raise _failed(["it did not say what is there now", *stdout.splitlines()])


def _failed(said: list[str], status: int = 1) -> SmctlError:
    error = SmctlError(
        "seed_failed",
        "The demo data could not be made.",
        why=manage.evidence(said),
        fix=manage.help_of("seed_demo"),
    )
    error.exit_status = status
    return error
