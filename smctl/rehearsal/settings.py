"""What a rehearsal was started with, and what the verbs that it wraps are told by their environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from smctl.project.files import read_json, write_json
from smctl.rehearsal.credentials import Credentials
from smctl.rehearsal.places import Places

REGISTRY = "127.0.0.1:5000"
GITHUB = "rehearsal"  # the owner of the repository on the emulated GitHub


@dataclass(frozen=True)
class Settings:
    """registry: host:port. production_port: of the proxy in front of web. api_port: of the platforms.

    pace: seconds here for one of Render's, for what only passes time there, such as a drain of 60 s.
    """

    name: str
    branch: str
    registry: str
    production_port: int
    api_port: int
    pace: float

    @property
    def repository(self) -> str:
        """Of the image, without a tag."""
        return f"{self.registry}/{self.name}"

    @property
    def host(self) -> str:
        """What a platform would call it; health checks come with this name."""
        return f"{self.name}-api.onrender.com"

    @property
    def production_url(self) -> str:
        return f"http://127.0.0.1:{self.production_port}"

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.api_port}"

    def save(self, places: Places) -> None:
        write_json(places.settings, asdict(self))


def load(places: Places) -> Settings | None:
    """Those of the last start; None where there was none."""
    kept = read_json(places.settings)
    try:
        return Settings(**kept)
    except TypeError:
        return None


def environment(places: Places, settings: Settings) -> Mapping[str, str]:
    """How `smctl deploy`, `rollback` and the like find this production instead of the real one."""
    from smctl.rehearsal import api  # an HTTP server, which the verbs that only read settings do without

    key = Credentials.of(places).key
    return {
        "RENDER_API_URL": settings.api_url + api.RENDER,
        "RENDER_API_KEY": key,
        "GITHUB_API_URL": settings.api_url + api.GITHUB,
        "GITHUB_TOKEN": key,
        "GITHUB_REPOSITORY": f"{GITHUB}/{settings.name}",
        "VERCEL_API_URL": settings.api_url + api.VERCEL,
        "VERCEL_TOKEN": key,
        "SMCTL_DEPLOY_IMAGE": settings.repository,
        "SMCTL_DEPLOY_URL": settings.production_url,
        "SMCTL_DEPLOY_REMOTE": str(places.origin),
    }
