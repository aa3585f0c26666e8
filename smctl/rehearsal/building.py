"""The production image of a commit: built as the workflow would, pushed to the registry of the rehearsal."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from smctl.errors import NotHealthy, SmctlError
from smctl.project import git
from smctl.rehearsal import engine
from smctl.rehearsal.places import Places

OnLine = Callable[[str], None]
REGISTRY_DEADLINE = 3.0  # seconds
LATEST = "latest"
TAG = "sha-"  # as in smctl/release/model.py


def image_of(repository: str, sha: str) -> str:
    return f"{repository}:{TAG}{sha}"


def sha_of(image: str) -> str:
    """The commit that the tag names; empty where it names none."""
    return image.partition("@")[0].rpartition(f":{TAG}")[2] if f":{TAG}" in image else ""


def check_registry(registry: str) -> None:
    """Raises NotHealthy where no registry answers there."""
    import http.client

    connection = http.client.HTTPConnection(registry, timeout=REGISTRY_DEADLINE)
    try:
        connection.request("GET", "/v2/")
        status = connection.getresponse().status
        said = "" if status == 200 else f"GET http://{registry}/v2/ was answered with {status}"
    except (OSError, http.client.HTTPException) as error:
        said = f"http://{registry}/v2/: {error or type(error).__name__}"
    finally:
        connection.close()
    if said:
        port = registry.rpartition(":")[2]
        raise NotHealthy(
            "registry_unreachable",
            f"No image registry answers at {registry}.",
            why=said,
            fix=f"docker run -d -p 127.0.0.1:{port}:5000 registry:2; or name another: --registry HOST:PORT",
        )


@contextmanager
def checkout(places: Places, source: Path, sha: str) -> Iterator[Path]:
    """The project's folder of a fresh clone at this commit, as the workflow has it; gone afterwards."""
    places.checkouts.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=places.checkouts, prefix=f"{sha[:12]}-"))
    try:
        git.run(folder, "clone", "--quiet", "--no-checkout", "--shared", str(source), ".", seconds=120)
        git.run(folder, "checkout", "--quiet", "--detach", sha, seconds=120)
        yield folder / git.run(places.root, "rev-parse", "--show-prefix")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def build(places: Places, context: Path, image: str, sha: str, on_line: OnLine) -> None:
    """Build the Dockerfile of a checkout. Without attestations: the digest is that of the one manifest.

    Raises SmctlError (`image_failed`) with the last lines.
    """
    arguments = ["--provenance=false", "--progress=plain", "--build-arg", f"RELEASE_SHA={sha}"]
    engine.remember_image(places, image)
    _docker(["build", *arguments, "--tag", image, str(context)], "built", on_line)


def push(places: Places, image: str, on_line: OnLine) -> None:
    """To the registry that its name says, by its own tag and as the latest. Raises SmctlError as build."""
    latest = f"{image.rpartition(':')[0]}:{LATEST}"
    engine.remember_image(places, latest)
    _docker(["tag", image, latest], "tagged", on_line)
    for name in (image, latest):
        _docker(["push", name], "pushed", on_line)


def _docker(arguments: Sequence[str], done: str, on_line: OnLine) -> list[str]:
    """What it printed, line by line as it came. It has no deadline: a person watches, and may interrupt."""
    process = subprocess.Popen(
        [shutil.which("docker") or "docker", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "DOCKER_BUILDKIT": "1"},
        encoding="utf-8",
        errors="replace",
    )
    lines: list[str] = []
    with process:
        for line in process.stdout or ():
            lines.append(line.rstrip())
            on_line(line.rstrip())
    if process.returncode != 0:
        raise SmctlError(
            "image_failed",
            f"The image could not be {done}.",
            why="\n".join(lines[-15:]),
            fix=f"docker {arguments[0]} says more; is the Dockerfile in the repository's root?",
        )
    return lines
