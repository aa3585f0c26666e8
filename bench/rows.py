"""A row of the table: a figure, what it is compared with, and the budget that it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

Unit = Literal["seconds", "bytes"]


@dataclass(frozen=True)
class Row:
    """samples: one figure a round. peer, peer_samples: what the same round measured of something else;
    without one, the budget is what the figure is compared with. budget: in the row's unit. ratio_budget: the
    most that the figure may be of its peer's. parts: what the row's sums are made of. note: what the figures
    leave out.
    """

    name: str
    samples: Sequence[float]
    peer: str = ""
    peer_samples: Sequence[float] = ()
    budget: float | None = None
    ratio_budget: float | None = None
    unit: Unit = "seconds"
    parts: Mapping[str, Sequence[float]] = field(default_factory=dict)
    note: str = ""

    @property
    def figure(self) -> float:
        return median(self.samples)

    @property
    def ratio(self) -> float | None:
        """Of the medians."""
        if self.peer_samples:
            return self.figure / median(self.peer_samples)
        return self.figure / self.budget if self.budget else None

    @property
    def verdict(self) -> str:
        """ "ok" or "misses"; empty without a budget."""
        if self.budget is not None:
            return "ok" if self.figure <= self.budget else "misses"
        if self.ratio_budget is not None and self.ratio is not None:
            return "ok" if self.ratio <= self.ratio_budget else "misses"
        return ""

    def cells(self) -> list[str]:
        """In the order of HEADINGS."""
        theirs = self.peer_samples
        peer = [self._shown(median(theirs)), self._shown(min(theirs))] if theirs else ["", ""]
        return [
            self.name,
            self._shown(self.figure),
            self._shown(min(self.samples)),
            self.peer or ("its budget" if self.budget else ""),
            *peer,
            f"{self.ratio:.2f} x" if self.ratio is not None else "",
            self._budget(),
            self.verdict,
        ]

    def remarks(self) -> list[str]:
        """Lines below the row."""
        parts = [f"{name} {self._shown(median(samples))}" for name, samples in self.parts.items()]
        return [line for line in (", ".join(parts), self.note) if line]

    def _budget(self) -> str:
        if self.ratio_budget is not None:
            return f"{self.ratio_budget:g} x"
        return self._shown(self.budget) if self.budget is not None else ""

    def _shown(self, value: float) -> str:
        return shown(value, self.unit)


HEADINGS = ("measure", "median", "min", "against", "median", "min", "ratio", "budget", "")


def shown(value: float, unit: Unit) -> str:
    """12.3 ms, 340 ms, 1.25 s, 327 MB."""
    if unit == "bytes":
        return f"{value / 1e6:.0f} MB"
    if value >= 0.9995:
        return f"{value:.2f} s"
    return f"{value * 1000:.0f} ms" if value >= 0.0995 else f"{value * 1000:.1f} ms"
