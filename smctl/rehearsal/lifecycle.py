"""A rehearsal from its start to its end: what `smctl rehearse up`, `status` and `down` do."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from smctl.errors import NotHealthy, Refused, WrongUse
from smctl.project import git
from smctl.project.project import Project
from smctl.rehearsal import building, client, engine, origin, settings, stores
from smctl.rehearsal.credentials import Credentials
from smctl.rehearsal.places import Places
from smctl.rehearsal.settings import Settings
from smctl.stack import ports

PORTS = {"production": 8080, "api": 8090}
PACE = 0.1

Say = Callable[[str], None]


def up(project: Project, *, registry: str, pace: float | None, say: Say) -> Settings:
    """Start what does not run, and return once all of it answers. registry, pace: empty or None to keep.

    Raises NotHealthy where there is no Docker, no registry, or something does not start.
    """
    places = Places.of(project)
    wanted = _wanted(project, places, registry, pace)
    engine.check()
    building.check_registry(wanted.registry)
    git.run(project.root, "rev-parse", "--verify", "HEAD")
    places.make()
    secrets = Credentials.of(places)
    with _alone(places):
        engine.make_network(places)
        say("Database and queue …")
        stores.start(places, project.config, secrets.postgres_password)
        origin.make(places, project)
        if settings.load(places) != wanted or not client.running(places):
            client.stop(places)
            say("Platforms and proxy …")
            wanted = _with_free_ports(wanted)
            wanted.save(places)
            client.start(places)
    return wanted


def down(project: Project, *, data: bool) -> bool:
    """Stop all of it, and forget all of it if `data`; whether there was anything."""
    places = Places.of(project)
    kept = settings.load(places)
    client.stop(places)
    engine.check()
    there = bool(engine.containers(places)) or kept is not None
    engine.remove(places, data=data)
    if data:
        for folder in {places.folder, places.socket.parent}:
            shutil.rmtree(folder, ignore_errors=True)
    return there


def status(project: Project) -> dict[str, Any]:
    """What runs, and where. Raises NotHealthy where there is no rehearsal."""
    places = Places.of(project)
    kept = running(places)
    answer = client.ask(places, {"do": "status"}) or {"services": [], "runs": [], "faults": []}
    return {
        "project": kept.name,
        "urls": {"production": kept.production_url, "api": kept.api_url},
        "registry": kept.registry,
        "image": kept.repository,
        "remote": str(places.origin),
        "pace": kept.pace,
        "services": [_service(service) for service in answer["services"]],
        "containers": sorted(
            name.lstrip("/") for each in engine.containers(places) for name in each["Names"]
        ),
        "ports": stores.ports(places),
        "runs": answer["runs"],
        "faults": answer["faults"],
    }


def running(places: Places) -> Settings:
    """The settings of a rehearsal that runs. Raises NotHealthy where none does."""
    kept = settings.load(places)
    if kept is None or not client.running(places):
        raise NotHealthy("no_rehearsal", f"No rehearsal runs in {places.root}.", fix="smctl rehearse up")
    return kept


def image(project: Project, typed: str, *, say: Say) -> tuple[str, str]:
    """Build and push the image of a commit (default: what is checked out): its sha, and the image's name.

    Raises WrongUse where there is no such commit, or it is not clear which is meant.
    """
    places = Places.of(project)
    kept = running(places)
    found = git.matching(project.root, typed or "HEAD")
    if len(found) != 1:
        what = f"{typed} may mean {len(found)} commits." if found else f"There is no commit {typed}."
        raise WrongUse("no_such_commit", what, why="\n".join(found), fix="git log --oneline")
    sha = found[0]
    name = building.image_of(kept.repository, sha)
    with building.checkout(places, project.root, sha) as folder:
        building.build(places, folder, name, sha, say)
    building.push(places, name, say)
    return sha, name


@contextmanager
def _alone(places: Places) -> Iterator[None]:
    """One start at a time. Raises Refused where another one is at it."""
    with open(places.folder / "change.lock", "wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                "rehearsal_busy", "Another smctl starts this rehearsal.", fix="smctl rehearse status"
            ) from None
        yield


def _service(service: dict[str, Any]) -> dict[str, Any]:
    return {**service, "release": building.sha_of(service["image"] or "") or None}


def _wanted(project: Project, places: Places, registry: str, pace: float | None) -> Settings:
    """As it was started before, but for what is said anew. Raises Refused for another registry."""
    kept = settings.load(places)
    if kept and registry and registry != kept.registry:
        raise Refused(
            "registry_differs",
            f"This rehearsal has its images in {kept.registry}.",
            why="a service keeps the repository that it was made with",
            fix="smctl rehearse down --volumes, then smctl rehearse up --registry " + registry,
        )
    return Settings(
        project.config.project.name,
        project.config.deploy.branch,
        registry or (kept.registry if kept else settings.REGISTRY),
        kept.production_port if kept else PORTS["production"],
        kept.api_port if kept else PORTS["api"],
        pace if pace is not None else (kept.pace if kept else PACE),
    )


def _with_free_ports(wanted: Settings) -> Settings:
    import dataclasses

    asked = {"production": wanted.production_port, "api": wanted.api_port}
    chosen, _ = ports.choose(asked, own=(), others={}, strict=False)
    return dataclasses.replace(wanted, production_port=chosen["production"], api_port=chosen["api"])
