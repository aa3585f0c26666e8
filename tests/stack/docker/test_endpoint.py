"""smctl talks to the daemon that the docker command would talk to."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from smctl.stack.docker.endpoint import DEFAULT, endpoint


@pytest.fixture(autouse=True)
def docker_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path


def make_context(docker_config: Path, name: str, host: str) -> None:
    folder = docker_config / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}}))


def test_the_default_is_the_systems_socket() -> None:
    assert endpoint() == DEFAULT


def test_docker_host_wins(docker_config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_context(docker_config, "colima", "unix:///colima.sock")
    monkeypatch.setenv("DOCKER_CONTEXT", "colima")
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:2375")
    assert endpoint() == "tcp://127.0.0.1:2375"


def test_the_current_context_is_followed(docker_config: Path) -> None:
    make_context(docker_config, "desktop-linux", "unix:///home/me/.docker/desktop.sock")
    (docker_config / "config.json").write_text(json.dumps({"currentContext": "desktop-linux"}))
    assert endpoint() == "unix:///home/me/.docker/desktop.sock"


def test_a_context_that_is_not_there_is_the_default(docker_config: Path) -> None:
    (docker_config / "config.json").write_text(json.dumps({"currentContext": "gone"}))
    assert endpoint() == DEFAULT
