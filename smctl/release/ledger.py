"""The releases of a production, as the platform remembers them: no record of ours can disagree with it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from smctl.errors import RemoteFailed
from smctl.release.model import Deploy, Service


class Platform(Protocol):
    """What is asked of a platform here; smctl/release/remotes/render.py has it."""

    def services(self) -> list[Service]: ...
    def deploys(self, service_id: str, *, limit: int = 100) -> list[Deploy]: ...


@dataclass(frozen=True)
class Pair:
    """The services that run one image. worker: None where the plan has none."""

    web: Service
    worker: Service | None

    @property
    def services(self) -> tuple[Service, ...]:
        return (self.web, self.worker) if self.worker else (self.web,)


@dataclass(frozen=True)
class Release:
    """One deploy of the web service, with the worker's of the same commit beside it.

    sha: empty where the image's tag names none. live: web runs it now. whole: every service ran it, so that
    it may be gone back to. worker: the newest that succeeded; None where none did.
    """

    sha: str
    live: bool
    whole: bool
    web: Deploy
    worker: Deploy | None

    def as_document(self) -> dict[str, Any]:
        """The JSON of `releases`: add keys, never change these."""
        return {
            "sha": self.sha,
            "image": self.web.image,
            "status": self.web.status,
            "created_at": self.web.created_at.isoformat().replace("+00:00", "Z"),
            "trigger": self.web.trigger,
            "live": self.live,
            "whole": self.whole,
        }


def pair(services: Iterable[Service], repository: str) -> Pair:
    """The services that run images of this repository.

    Raises RemoteFailed: there is no web service, or more than one of a kind.
    """
    ours = [service for service in services if _repository(service.image) == _repository(repository)]
    kinds = {kind: [each for each in ours if each.kind == kind] for kind in ("web", "worker")}
    for kind, found in kinds.items():
        if len(found) > 1 or (kind == "web" and not found):
            raise RemoteFailed(
                "no_service" if not found else "many_services",
                f"There is {'no' if not found else 'more than one'} {kind} service that runs {repository}.",
                why=", ".join(f"{service.name} runs {service.image}" for service in found or list(services)),
                fix="create the services from render.yaml (docs/operations.md), or mend deploy.image",
            )
    return Pair(kinds["web"][0], next(iter(kinds["worker"]), None))


def releases(web: Sequence[Deploy], worker: Sequence[Deploy] | None) -> list[Release]:
    """A release for each deploy of web, in the order given. worker: None where there is no such service."""
    ran = {deploy.sha: deploy for deploy in reversed(worker or ()) if deploy.succeeded and deploy.sha}
    return [
        Release(
            deploy.sha,
            live=deploy.status == "live",
            whole=deploy.succeeded and bool(deploy.sha) and (worker is None or deploy.sha in ran),
            web=deploy,
            worker=ran.get(deploy.sha),
        )
        for deploy in web
    ]


def live(found: Iterable[Release]) -> Release | None:
    return next((release for release in found if release.live), None)


def last_good(found: Iterable[Release], *, but: Container[str]) -> Release | None:
    """The newest that may be gone back to, of another commit than these."""
    return next((release for release in found if release.whole and release.sha not in but), None)


def _repository(image: str) -> str:
    name = image.partition("@")[0]
    head, slash, last = name.rpartition("/")
    path = f"{head}{slash}{last.partition(':')[0]}".lower()
    return path.removeprefix("docker.io/").removeprefix("library/")
