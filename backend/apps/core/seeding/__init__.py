"""The demo data: shops that look like real ones, for developers, demonstrations and measurements."""

from apps.core.seeding.progress import Progress, silence
from apps.core.seeding.removal import remove
from apps.core.seeding.seed import Seeded, Wanted, allow, seed, summary
from apps.core.seeding.shop import Counts
from apps.core.seeding.totals import Totals, totals

__all__ = [
    "Counts",
    "Progress",
    "Seeded",
    "Totals",
    "Wanted",
    "allow",
    "remove",
    "seed",
    "silence",
    "summary",
    "totals",
]
