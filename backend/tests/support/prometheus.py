"""Reads what /metrics says, as strictly as Prometheus does."""

from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from tests.support.web import Web

TOKEN = "metrics-token-of-the-tests"
AUTHORIZATION = {"Authorization": f"Bearer {TOKEN}"}


@dataclass(frozen=True)
class Scrape:
    samples: Mapping[tuple[str, frozenset[tuple[str, str]]], float]

    @classmethod
    def of(cls, text: str) -> "Scrape":
        """Parse an exposition.

        Raises:
            ValueError: it is not valid, or says something twice.
        """
        samples: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
        names: set[str] = set()
        for family in text_string_to_metric_families(text):
            if family.name in names:
                raise ValueError(f"{family.name} comes twice")
            names.add(family.name)
            for sample in family.samples:
                key = (sample.name, frozenset(sample.labels.items()))
                if key in samples:
                    raise ValueError(f"{key} comes twice")
                samples[key] = sample.value
        return cls(samples)

    def value(self, name: str, **labels: str) -> float:
        """Return the sum of all samples that have these labels; 0 where there is none."""
        wanted = labels.items()
        return sum(
            value for (each, found), value in self.samples.items() if each == name and wanted <= set(found)
        )

    def has(self, name: str) -> bool:
        return any(each == name for each, _ in self.samples)

    def labels(self, name: str, label: str) -> set[str]:
        return {dict(found)[label] for each, found in self.samples if each == name}


def scrape(web: Web) -> Scrape:
    answer = web.ask("/metrics", **AUTHORIZATION)
    assert answer.status == 200, answer.body
    return Scrape.of(answer.body.decode())
