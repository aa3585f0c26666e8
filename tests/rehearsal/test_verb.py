"""`smctl rehearse` where nothing is started: what it refuses, and why."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from smctl.project.project import Project
from smctl.rehearsal import building, origin, production, settings
from smctl.rehearsal.credentials import Credentials
from smctl.rehearsal.places import Places
from smctl.rehearsal.settings import Settings
from tests.daemons import docker_daemon
from tests.processes import REPOSITORY, Main
from tests.sockets import free_port, replying, serving

SETTINGS = Settings("shop", "main", "127.0.0.1:5000", 8080, 8090, 0.1)
COMMIT = ["git", "commit", "--quiet", "--allow-empty", "--message", "first"]


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A daemon that answers, and has nothing."""
    path = tmp_path / "docker.sock"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    with docker_daemon(path, {"/version": (200, {}), "/containers/json": (200, [])}):
        yield


def test_without_docker_it_says_how_to_start_it(
    project: Project, main: Main, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    done = main("rehearse", "up", "--json")
    assert (done.code, done.error_code) == (3, "docker_unreachable")
    assert "embedded" not in done.json["error"]["fix"]


@pytest.mark.usefixtures("docker")
def test_without_a_registry_it_says_which_command_starts_one(project: Project, main: Main) -> None:
    port = free_port()
    done = main("rehearse", "up", "--registry", f"127.0.0.1:{port}", "--json")
    assert (done.code, done.error_code) == (3, "registry_unreachable")
    assert f"docker run -d -p 127.0.0.1:{port}:5000 registry:2" in done.json["error"]["fix"]
    assert not Places.of(project).folder.exists()


@pytest.mark.usefixtures("docker")
def test_what_answers_and_is_no_registry_is_named(project: Project, main: Main) -> None:
    with serving(replying(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")) as port:
        done = main("rehearse", "up", "--registry", f"127.0.0.1:{port}", "--json")
    assert (done.error_code, "answered with 404" in done.json["error"]["why"]) == (
        "registry_unreachable",
        True,
    )


@pytest.mark.parametrize("action", ["status", "build", "load", "fault", "deploy", "rollback", "logs"])
def test_what_needs_a_rehearsal_says_how_to_start_one(action: str, project: Project, main: Main) -> None:
    done = main("rehearse", action, "--json")
    assert (done.code, done.error_code) == (3, "no_rehearsal")
    assert done.json["error"]["fix"] == "smctl rehearse up"


@pytest.mark.parametrize(
    "arguments", [["dpeloy"], ["up", "--registri", "x"], ["down", "all"], ["build", "a", "b"], ["load", "-x"]]
)
def test_wrong_use_is_refused(arguments: list[str], project: Project, main: Main) -> None:
    done = main("rehearse", *arguments, "--json")
    assert (done.code, done.error_code) == (2, "usage")


def test_another_registry_than_before_is_refused(project: Project, main: Main) -> None:
    places = Places.of(project)
    places.make()
    SETTINGS.save(places)
    done = main("rehearse", "up", "--registry", "127.0.0.1:5001", "--json")
    assert (done.code, done.error_code) == (4, "registry_differs")


def test_the_verbs_are_led_to_the_rehearsal(project: Project) -> None:
    places = Places.of(project)
    places.make()
    told = settings.environment(places, SETTINGS)
    key = Credentials.of(places).key
    assert told["RENDER_API_KEY"] == told["GITHUB_TOKEN"] == told["VERCEL_TOKEN"] == key
    assert told["SMCTL_DEPLOY_IMAGE"] == "127.0.0.1:5000/shop"
    assert told["SMCTL_DEPLOY_URL"] == "http://127.0.0.1:8080"
    assert told["SMCTL_DEPLOY_REMOTE"] == str(places.origin)
    assert key not in repr(Credentials.of(places))


def test_the_remote_has_all_but_what_is_checked_out_and_a_push_to_it_is_told(project: Project) -> None:
    for _ in range(2):
        subprocess.run(["git", "-C", str(project.root), *COMMIT[1:]], check=True)
    places = Places.of(project)
    places.make()
    SETTINGS.save(places)
    origin.make(places, project)
    assert _git(places.origin, "rev-list", "--count", "main") == "1"
    pushed = subprocess.run(
        ["git", "-C", str(project.root), "push", str(places.origin), "HEAD:main"],
        capture_output=True,
        text=True,
        timeout=30,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY)},
    )
    assert pushed.returncode == 0
    assert "no workflow runs: smctl rehearse up" in pushed.stderr
    origin.make(places, project)
    assert _git(places.origin, "rev-list", "--count", "main") == "2"


def test_the_remote_begins_with_what_the_real_one_has(project: Project) -> None:
    for _ in range(3):
        subprocess.run(["git", "-C", str(project.root), *COMMIT[1:]], check=True)
    published = _git(project.root, "rev-parse", "HEAD~2")
    _git(project.root, "update-ref", "refs/remotes/origin/main", published)
    places = Places.of(project)
    places.make()
    origin.make(places, project)
    assert _git(places.origin, "rev-parse", "main") == published


def test_the_remote_of_a_first_commit_is_empty(project: Project) -> None:
    subprocess.run(["git", "-C", str(project.root), *COMMIT[1:]], check=True)
    places = Places.of(project)
    places.make()
    origin.make(places, project)
    assert _git(places.origin, "for-each-ref") == ""


def test_the_services_are_those_of_render_yaml(project: Project) -> None:
    blueprint = REPOSITORY / "render.yaml"
    if not blueprint.exists():
        pytest.skip("there is no render.yaml")
    config = Project(REPOSITORY).config
    places = Places.of(project)
    places.make()
    made = list(production.services(places, config, SETTINGS, Credentials.of(places)))
    stated = [
        each for each in yaml.safe_load(blueprint.read_text())["services"] if each["type"] != "keyvalue"
    ]
    assert [
        (each.name, each.kind, each.health_path, each.pre_deploy_command, each.command, set(each.env))
        for each in made
    ] == [
        (
            each["name"],
            each["type"],
            each.get("healthCheckPath", ""),
            each.get("preDeployCommand", ""),
            each.get("dockerCommand", ""),
            {variable["key"] for variable in each["envVars"]},
        )
        for each in stated
    ]


def test_the_image_of_a_commit_names_it() -> None:
    image = building.image_of("127.0.0.1:5000/shop", "a" * 40)
    assert building.sha_of(image) == "a" * 40
    assert building.sha_of(f"{image}@sha256:{'b' * 64}") == "a" * 40
    assert building.sha_of("127.0.0.1:5000/shop:latest") == ""


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, timeout=30)
    return done.stdout.strip()
