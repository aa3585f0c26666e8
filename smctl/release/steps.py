"""A plan is steps as data; carrying it out gives each a state and a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["planned", "running", "done", "failed", "skipped"]
Act = Callable[["Say"], None]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Step:
    """name: short and stable, for scripts. text: what it will do, for people."""

    name: str
    text: str


@dataclass(frozen=True)
class Progress:
    """What is told of a step: at its start, whenever there is something to say, and at its end."""

    name: str
    state: State
    text: str
    seconds: float


@dataclass
class Journal:
    """The steps so far, in their order. on_progress: who watches."""

    on_progress: Callable[[Progress], None]

    def __post_init__(self) -> None:
        self.ended: list[Progress] = []

    def carry_out(self, steps: Sequence[Step], acts: Mapping[str, Act]) -> None:
        """Every step in turn; what one raises ends the rest, which is not told of."""
        for step in steps:
            self.one(step, acts[step.name])

    def one(self, step: Step, act: Act) -> None:
        began = time.monotonic()

        def tell(state: State, text: str) -> Progress:
            progress = Progress(step.name, state, text, time.monotonic() - began)
            self.on_progress(progress)
            return progress

        tell("running", step.text)
        said = [step.text]

        def say(text: str) -> None:
            said.append(text)
            tell("running", text)

        try:
            act(say)
        except BaseException:
            self.ended.append(tell("failed", said[-1]))
            raise
        self.ended.append(tell("done", said[-1]))

    def as_document(self) -> list[dict[str, Any]]:
        return [
            {"name": each.name, "status": each.state, "seconds": round(each.seconds, 3)}
            for each in self.ended
        ]


def planned(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """The same document of steps that nobody took."""
    return [{"name": step.name, "status": "planned", "seconds": None} for step in steps]
