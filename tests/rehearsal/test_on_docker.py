"""A rehearsal as a person has it: the production image, a real registry, PostgreSQL and Valkey, on Docker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from smctl.project.project import Project
from smctl.rehearsal import building, engine
from smctl.rehearsal.places import LABEL, Places
from smctl.stack.docker import api
from tests import conftest, processes
from tests.rehearsal.shop import Render, Shop, until

pytestmark = pytest.mark.docker

STARTS_REGISTRY = processes.REPOSITORY.parent / "shared" / "docker-engine" / "registry"
REGISTRY = "127.0.0.1:5000"
WEB, WORKER = "smartmarket-api", "smartmarket-worker"


@pytest.fixture(scope="module", autouse=True)
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("machine")
    with pytest.MonkeyPatch.context() as patch:
        conftest.isolate(patch, folder)
        yield folder / "smctl"


@pytest.fixture(scope="module")
def registry() -> str:
    if not STARTS_REGISTRY.exists():
        pytest.skip("../shared has no image registry to start")
    subprocess.run([STARTS_REGISTRY], check=True, capture_output=True, timeout=120)
    return REGISTRY


@pytest.fixture(scope="module")
def shop(machine: Path, registry: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    made = Shop.made(tmp_path_factory.mktemp("rehearsal") / "shop")
    try:
        started = made.rehearse("up", "--registry", registry, "--pace", "0.05", "--json")
        assert started.code == 0, started.out + started.err
        yield made
    finally:
        made.rehearse("down", "--volumes")


def built(shop: Shop) -> str:
    """The image of what is checked out."""
    done = shop.rehearse("build", "--json")
    assert done.code == 0, done.out + done.err
    return str(done.json["image"])


def test_releases_switch_and_roll_back_under_load_and_no_request_fails(shop: Shop) -> None:
    render = Render(shop)
    old = built(shop)
    shop.commit("second")
    new = built(shop)
    assert render.deploy(WORKER, old)["status"] == "live"
    first = render.deploy(WEB, old)
    assert first["status"] == "live"
    until(lambda: httpx.get(f"{shop.settings.production_url}/health").status_code == 200, within=30)

    load = processes.start("rehearse", "load", "--rate", "50", "--seconds", "600", "--json", cwd=shop.root)
    assert render.deploy(WEB, new)["status"] == "live"
    assert release(shop) == building.sha_of(new)
    assert render.roll_back(WEB, first)["status"] == "live"
    assert release(shop) == building.sha_of(old)
    until(lambda: len(releases_running(shop)) == 1, within=30)  # what is replaced ends after its drain
    load.send_signal(signal.SIGINT)
    out, err = load.communicate(timeout=40)

    tally = json.loads(out)
    assert (tally["failed"], tally["errors"], load.returncode) == (0, {}, 0), tally
    seen = [span["release"] for span in tally["releases"]]
    assert (seen[0], set(seen)) == (building.sha_of(old), {building.sha_of(old), building.sha_of(new)})
    assert "Applying accounts." in render.logs(WEB) or "gunicorn" in render.logs(WEB)


def test_a_release_that_does_not_become_healthy_leaves_the_old_one(shop: Shop) -> None:
    before, running = release(shop), releases_running(shop)
    assert shop.rehearse("fault", f"service={WEB}", "deploy=crash").code == 0
    assert Render(shop).deploy(WEB, f"{shop.settings.repository}:latest")["status"] == "update_failed"
    shop.rehearse("fault", "clear")
    assert (release(shop), releases_running(shop)) == (before, running)


def test_the_platform_behaves_as_it_is_told_until_faults_are_cleared(shop: Shop) -> None:
    told = shop.rehearse("fault", "policy=override", "retained=2", "--json").json
    assert told == {"faults": [{"policy": "override", "retained": 2}]}
    assert shop.rehearse("fault", "policy=never", "--json").error_code == "wrong_fault"
    assert shop.rehearse("fault", "clear", "--json").json == {"faults": []}


def test_an_image_that_is_not_in_the_registry_fails_the_deploy(shop: Shop) -> None:
    missing = building.image_of(shop.settings.repository, "0" * 40)
    assert Render(shop).deploy(WEB, missing)["status"] == "update_failed"


def test_a_rehearsal_that_was_killed_goes_on_where_it_was(shop: Shop) -> None:
    before, running = release(shop), releases_running(shop)
    os.kill(int(shop.places.lock.read_text()), signal.SIGKILL)
    assert shop.rehearse("status", "--json").error_code == "no_rehearsal"
    assert shop.rehearse("up").code == 0
    assert (release(shop), releases_running(shop)) == (before, running)


def test_a_push_to_the_branch_is_built_and_its_image_pushed(shop: Shop) -> None:
    sha = shop.commit("third")
    pushed = subprocess.run(
        ["git", "-C", str(shop.root), "push", str(shop.places.origin), "HEAD:main"],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert f"rehearsal: workflow started for {sha[:12]}" in pushed.stderr
    until(lambda: manifest(shop, sha) == 200, within=60)


def test_the_application_is_no_superuser_of_its_database(shop: Shop) -> None:
    asked = "SELECT rolsuper FROM pg_roles WHERE rolname = 'smartmarket'"
    told = subprocess.run(
        ["docker", "exec", shop.places.container("db"), "psql", "-U", "postgres", "-Atc", asked],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert told.stdout.strip() == "f"


def test_down_with_its_volumes_leaves_nothing(shop: Shop) -> None:
    places = shop.places
    image = building.image_of(shop.settings.repository, shop.git("rev-parse", "HEAD"))
    assert tagged(image)
    assert shop.rehearse("down", "--volumes").code == 0
    assert not tagged(image)
    assert not [each for each in psutil.process_iter(["cwd"]) if str(shop.root) in str(each.info["cwd"])]
    assert engine.containers(places) == []
    assert api.get("/networks", filters=places.filters) == []
    assert not api.get("/volumes", filters=places.filters)["Volumes"]
    assert not places.folder.exists()
    assert shop.git("status", "--short") == ""
    assert shop.rehearse("down").out == "There was no rehearsal.\n"


def release(shop: Shop) -> str:
    return httpx.get(f"{shop.settings.production_url}/health/live").headers["X-Release"]


def releases_running(shop: Shop) -> set[str]:
    """The deploys of web that have a container."""
    label = f"{LABEL}.service"
    found = [each for each in engine.containers(shop.places) if each["Labels"].get(label) == WEB]
    return {each["Labels"][f"{LABEL}.deploy"] for each in found}


def tagged(image: str) -> bool:
    return any(image in (each["RepoTags"] or ()) for each in api.get("/images/json"))


def manifest(shop: Shop, sha: str) -> int:
    """The status of the registry's answer about the image of a commit."""
    name = shop.settings.repository.partition("/")[2]
    accept = {"Accept": "application/vnd.docker.distribution.manifest.v2+json"}
    return httpx.get(f"http://{REGISTRY}/v2/{name}/manifests/sha-{sha}", headers=accept).status_code


def test_places_of_a_long_path_keep_the_socket_short(tmp_path: Path) -> None:
    assert len(str(Places.of(Project(tmp_path / ("long" * 30))).socket)) < 104
