"""The secrets of a rehearsal, made once: what production would have from its platforms."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field

from smctl.project.files import read_json, write_json
from smctl.rehearsal.places import Places


@dataclass(frozen=True)
class Credentials:
    """key: of the emulated platforms' APIs, the same for all of them. None of it shows in a repr."""

    key: str = field(repr=False)
    postgres_password: str = field(repr=False)
    django_secret_key: str = field(repr=False)
    metrics_token: str = field(repr=False)

    @classmethod
    def of(cls, places: Places) -> Credentials:
        """Those in the file; made, and written into it, where it does not have them."""
        kept = read_json(places.secrets)
        made = cls(
            key=kept.get("key") or f"rnd_{secrets.token_hex(16)}",
            postgres_password=kept.get("postgres_password") or secrets.token_hex(16),
            django_secret_key=kept.get("django_secret_key") or secrets.token_hex(32),
            metrics_token=kept.get("metrics_token") or secrets.token_hex(16),
        )
        if asdict(made) != kept:
            write_json(places.secrets, asdict(made))
        return made
