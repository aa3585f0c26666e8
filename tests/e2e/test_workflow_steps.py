"""Every `run:` step of the workflow, run here in order: in a fresh clone, on the services that it asks for,
with the programs that it installs.

What GitHub's own actions do is done by hand: a Python of its own, the services, the build from the inputs of
docker/build-push-action. Not run: the list of what is in the image, whose scanner is not on this machine, and
what stands behind `smctl deploy` and `gh`; of those two, the exact words are looked at.
"""

from __future__ import annotations

import http.client
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from smctl.stack.embedded import binaries
from tests import workflow
from tests.e2e.docker_stack import docker
from tests.e2e.live import eventually
from tests.processes import REPOSITORY
from tests.sockets import free_ports
from tests.workflow import Machine, Ran

REGISTRY = ("127.0.0.1", 5000)
IMAGE = f"127.0.0.1:5000/smctl-test-{os.getpid()}/smartmarket"
# A few tests are enough for the step's own limit of coverage, because every module is imported.
# The whole suite runs in test_suites.py.
FEW_TESTS = {"PYTEST_ADDOPTS": "-k test_users.py", "PYTEST_XDIST_AUTO_NUM_WORKERS": "1"}
DJANGO = "5.2"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git has of this working tree, committed in a repository of its own."""
    root = tmp_path_factory.mktemp("runner") / "checkout"
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (REPOSITORY / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, root / name)
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "all of it"]):
        subprocess.run(["git", *words], cwd=root, check=True)
    return root


@pytest.fixture(scope="module")
def sha(clone: Path) -> str:
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=clone, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def machine_of_github(clone: Path, sha: str) -> Machine:
    """With a Python of its own in front, as actions/setup-python puts it, and psql behind."""
    python = clone.parent / "python"
    subprocess.run(
        [binaries.uv(), "venv", "--quiet", "--seed", "--python", sys.executable, python], check=True
    )
    values = {
        "github.sha": sha,
        "github.token": "a-token",
        "github.server_url": "https://github.example",
        "github.repository": "me/shop",
        "github.run_id": "7",
        "matrix.django": DJANGO,
        "secrets.RENDER_API_KEY": "rnd_a-key",
        "secrets.VERCEL_TOKEN": "a-vercel-token",
    }
    return Machine(clone, [python / "bin", binaries.postgres("18")], values)


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, str]]:
    """The services of the job `backend`, with its options: as variables, where they are here."""
    described = workflow.load()["jobs"]["backend"]["services"]
    started = {name: _start(service) for name, service in described.items()}
    try:
        eventually(lambda: all(map(_healthy, started.values())), within=60, every=0.2)
        db, redis = _port(started["postgres"], 5432), _port(started["redis"], 6379)
        yield {
            "PGPORT": str(db),
            "DATABASE_URL": f"postgres://smartmarket:smartmarket@127.0.0.1:{db}/smartmarket",
            "REDIS_URL": f"redis://127.0.0.1:{redis}/0",
        }
    finally:
        docker("rm", "--force", "--volumes", *started.values())


def _start(service: dict[str, Any]) -> str:
    ports = [
        word for port in service["ports"] for word in ("--publish", f"127.0.0.1::{port.partition(':')[2]}")
    ]
    env = [word for name, value in service.get("env", {}).items() for word in ("--env", f"{name}={value}")]
    return docker("run", "--detach", *ports, *env, *shlex.split(service["options"]), service["image"]).strip()


def _healthy(container: str) -> bool:
    return docker("inspect", "--format", "{{.State.Health.Status}}", container).strip() == "healthy"


def _port(container: str, port: int) -> int:
    return int(docker("port", container, str(port)).splitlines()[0].rpartition(":")[2])


def passed(ran: list[Ran]) -> list[str]:
    for one in ran:
        print(f"{one.seconds:6.1f} s  {one.step['name']}")
    last = ran[-1]
    assert last.status == 0, f"{last.step['name']}\n{last.output[-4000:]}"
    return [one.step["name"] for one in ran]


@pytest.mark.timeout(300)
def test_lint_passes(machine_of_github: Machine) -> None:
    ran = machine_of_github.run_job("lint")
    assert passed(ran)[-2:] == ["smctl", "generated files"] and len(ran) == 9


@pytest.mark.docker
@pytest.mark.timeout(300)
def test_the_backends_tests_pass_on_the_services_with_enough_coverage(
    machine_of_github: Machine, services: dict[str, str]
) -> None:
    machine_of_github.env = {**services, **FEW_TESTS}
    ran = machine_of_github.run_job("backend")
    assert passed(ran) == ["packages", "database", "backend tests"]
    assert "Required test coverage of 50% reached" in ran[-1].output


@pytest.mark.timeout(300)
def test_the_frontend_passes_and_is_built_for_production(machine_of_github: Machine) -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm is not on this machine")
    passed(machine_of_github.run_job("frontend"))
    built = "".join(
        path.read_text() for path in (machine_of_github.root / "frontend/dist/assets").glob("*.js")
    )
    assert "https://smartmarket-api.onrender.com/api" in built


@pytest.fixture(scope="module")
def tags(clone: Path, sha: str) -> Iterator[list[str]]:
    """Of the image, built and pushed from the step's inputs."""
    if not _registry_answers():
        pytest.skip(f"no registry answers at {':'.join(map(str, REGISTRY))}")
    step = next(step for step in workflow.load()["jobs"]["image"]["steps"] if step.get("id") == "image")
    made = _build(step["with"], clone, sha)
    yield made
    subprocess.run(["docker", "rmi", "--force", *made], capture_output=True, check=False)
    digest = _registry("HEAD", f"manifests/sha-{sha}").headers["Docker-Content-Digest"]
    assert _registry("DELETE", f"manifests/{digest}").status == 202


@pytest.mark.docker
@pytest.mark.timeout(300)
def test_the_image_is_built_and_pushed_with_its_commit(tags: list[str], sha: str) -> None:
    assert tags == [f"{IMAGE}:sha-{sha}", f"{IMAGE}:latest"]
    manifest = _from_registry(f"manifests/sha-{sha}")
    # One manifest and no index: its digest is the one that Render reports.
    assert "manifests" not in manifest and manifest == _from_registry("manifests/latest")
    labels = _from_registry(f"blobs/{manifest['config']['digest']}")["config"]["Labels"]
    assert labels["org.opencontainers.image.revision"] == sha
    assert labels["org.opencontainers.image.source"] == "https://github.example/me/shop"


@pytest.mark.docker
@pytest.mark.timeout(300)
def test_the_free_variant_migrates_serves_and_works_in_one_container(
    tags: list[str], sha: str, services: dict[str, str], tmp_path: Path
) -> None:
    """Its variables and its command, as render.free.yaml has them."""
    [web] = [
        one
        for one in yaml.safe_load((REPOSITORY / "render.free.yaml").read_text())["services"]
        if "image" in one
    ]
    told = tmp_path / "env"
    told.write_text("".join(f"{name}={value}\n" for name, value in _variables(web, services).items()))
    argv = ["run", "--detach", "--network", "host", "--env-file", str(told), tags[0]]
    container = docker(*argv, *shlex.split(web["dockerCommand"])).strip()
    port = int(told.read_text().partition("PORT=")[2].split()[0])
    try:
        eventually(lambda: _health(port, web["healthCheckPath"]) == (200, sha), within=90, every=0.5)
    except AssertionError:
        pytest.fail(docker("logs", container)[-3000:])
    finally:
        docker("rm", "--force", container)


def _variables(web: dict[str, Any], services: dict[str, str]) -> dict[str, str]:
    """What Render would fill in, with a database of its own."""
    made = ["--set", "ON_ERROR_STOP=1", "--command", "CREATE ROLE free LOGIN PASSWORD 'free'"]
    made += ["--command", "CREATE DATABASE free OWNER free"]
    super_user = {**os.environ, "PGHOST": "127.0.0.1", "PGPORT": services["PGPORT"]}
    super_user |= {"PGUSER": "postgres", "PGPASSWORD": "postgres"}
    psql = binaries.postgres("18") / "psql"
    subprocess.run([psql, "--quiet", *made], env=super_user, check=True)
    filled = {
        "DJANGO_SECRET_KEY": "f" * 64,
        "DATABASE_URL": f"postgres://free:free@127.0.0.1:{services['PGPORT']}/free",
        # Beside the tests' own databases.
        "REDIS_URL": services["REDIS_URL"].removesuffix("/0") + "/9",
        "SENTRY_DSN": "",
    }
    written = {one["key"]: one["value"] for one in web["envVars"] if "value" in one}
    return {**written, **filled, "PORT": str(free_ports(1)[0])}


def _health(port: int, path: str) -> tuple[int, str]:
    """Status and release; 0 while nobody answers."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.headers.get("X-Release", "")
    except OSError:
        return 0, ""


def _build(inputs: dict[str, Any], clone: Path, sha: str) -> list[str]:
    """`docker buildx build` as docker/build-push-action calls it, but for GitHub's cache: the tags."""
    values = {"env.IMAGE": IMAGE, "github.sha": sha}
    values |= {"github.server_url": "https://github.example", "github.repository": "me/shop"}
    tags = [workflow.filled_in(tag, values) for tag in inputs["tags"].splitlines()]
    words = [f"--tag={tag}" for tag in tags]
    words += [f"--build-arg={workflow.filled_in(inputs['build-args'], values)}"]
    words += [f"--label={workflow.filled_in(inputs['labels'], values)}"]
    words += [f"--platform={inputs['platforms']}", f"--provenance={inputs['provenance']}".lower()]
    words += [f"--sbom={inputs['sbom']}".lower(), "--push", inputs["context"]]
    argv = ["docker", "buildx", "build", *words]
    done = subprocess.run(argv, cwd=clone, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    return tags


def _registry_answers() -> bool:
    try:
        connection = http.client.HTTPConnection(*REGISTRY, timeout=2)
        connection.request("GET", "/v2/")
        return connection.getresponse().status == 200
    except OSError:
        return False


def _from_registry(path: str) -> Any:
    answer = _registry("GET", path)
    assert answer.status == 200, answer.read()
    return json.loads(answer.read())


def _registry(method: str, path: str) -> http.client.HTTPResponse:
    """https://distribution.github.io/distribution/spec/api/"""
    connection = http.client.HTTPConnection(*REGISTRY, timeout=5)
    kinds = (
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    )
    connection.request(method, f"/v2/{IMAGE.partition('/')[2]}/{path}", headers={"Accept": ", ".join(kinds)})
    return connection.getresponse()


def test_the_deploy_step_says_what_to_deploy_and_git_has_the_token(
    machine_of_github: Machine, sha: str, tmp_path: Path
) -> None:
    recorded = tmp_path / "recorded"
    asked = r"printf 'protocol=https\nhost=github.com\n\n' | git credential fill"
    stand_in(tmp_path / "smctl", f'printf "%s\\n" "$@" "$RENDER_API_KEY" > {recorded}; {asked} >> {recorded}')
    here = Machine(machine_of_github.root, [tmp_path], machine_of_github.values)
    passed(here.run_job("deploy", names=("deploy",)))
    assert recorded.read_text().splitlines() == [
        *("deploy", sha, "--via", "api", "rnd_a-key"),
        *("protocol=https", "host=github.com", "username=x-access-token", "password=a-token"),
    ]


def stand_in(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/bash\n{script}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("open_issue", ["", "41"], ids=["the first", "another"])
def test_a_failure_is_told_in_one_issue(machine_of_github: Machine, open_issue: str, tmp_path: Path) -> None:
    recorded = tmp_path / "recorded"
    stand_in(tmp_path / "gh", f'[ "$2" = list ] && echo "{open_issue}"; printf "%s|" "$@" >> {recorded}')
    here = Machine(machine_of_github.root, [tmp_path], machine_of_github.values)
    passed(here.run_job("tell"))
    said = recorded.read_text()
    assert machine_of_github.values["github.sha"] in said
    assert "https://github.example/me/shop/actions/runs/7" in said
    assert ("issue|comment|41|" in said) == bool(open_issue) and ("issue|create|" in said) != bool(open_issue)
