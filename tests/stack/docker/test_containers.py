"""From the daemon's list of containers to what smctl knows of a service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smctl.project.project import Project
from smctl.stack.docker import answers, containers
from smctl.stack.docker.containers import Container

LABEL = "com.docker.compose."


def listed(**changes: Any) -> Container:
    """As GET /containers/json of Docker Engine 26 lists it."""
    labels = {
        f"{LABEL}project": "shop",
        f"{LABEL}project.working_dir": "/checkout",
        f"{LABEL}service": "web",
        f"{LABEL}oneoff": "False",
        f"{LABEL}config-hash": "4711",
        f"{LABEL}depends_on": "db:service_healthy:false,redis:service_healthy:false",
    }
    entry = {
        "Id": "0123",
        "State": "running",
        "Status": "Up 3 seconds (healthy)",
        "Labels": labels,
        "Ports": [{"IP": "127.0.0.1", "PrivatePort": 8000, "PublicPort": 8123, "Type": "tcp"}],
    }
    return containers._container({**entry, **changes})


@pytest.mark.parametrize(
    ("status", "health"),
    [
        ("Up 3 seconds (healthy)", "healthy"),
        ("Up 3 seconds (unhealthy)", "unhealthy"),
        ("Up Less than a second (health: starting)", "starting"),
        ("Up 2 hours", "none"),
        ("Up 2 hours (Paused)", "none"),
        ("Exited (137) 3 seconds ago", "none"),
    ],
)
def test_health_is_read_from_the_status(status: str, health: str) -> None:
    assert listed(Status=status).health == health


def test_the_rest_is_read_from_labels_and_ports() -> None:
    container = listed()
    assert (container.service, container.config, container.port) == ("web", "4711", 8123)
    assert container.needs == ("db", "redis") and not container.once


def test_a_port_that_is_exposed_but_not_published_is_none() -> None:
    assert listed(Ports=[{"PrivatePort": 8000, "Type": "tcp"}]).port is None


@pytest.mark.parametrize(
    ("state", "status", "shown"),
    [
        ("created", "Created", ("stopped", "none")),
        ("exited", "Exited (0) 2 hours ago", ("stopped", "none")),
        ("exited", "Exited (137) 2 seconds ago", ("exited", "none")),
        ("paused", "Up 2 hours (Paused)", ("running", "failing")),
        ("restarting", "Restarting (1) 2 seconds ago", ("starting", "failing")),
        ("dead", "Dead", ("exited", "none")),
    ],
)
def test_a_container_that_does_not_run_is_shown_as_what_it_is(
    state: str, status: str, shown: tuple[str, str]
) -> None:
    (service,) = [
        one
        for one in answers.states({"web": listed(State=state, Status=status)}, deadline=1)
        if one.name == "web"
    ]
    assert (service.state, service.health) == shown and service.detail == status


def test_a_service_without_a_container_is_missed_but_not_the_frontend() -> None:
    found = answers.states({"web": listed(State="created", Status="Created")}, deadline=1)
    assert [service.name for service in found] == ["db", "redis", "web", "worker"]
    assert answers.states({}, deadline=1) == []


def test_a_container_belongs_to_the_folder_that_compose_was_run_in(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "here")
    project = Project((tmp_path / "here").resolve())
    belongs = {
        name: listed(Labels={f"{LABEL}service": "web", f"{LABEL}project.working_dir": str(tmp_path / name)})
        for name in ("here", "there", "link", "gone")
    }
    assert {name: one.belongs_to(project) for name, one in belongs.items()} == {
        "here": True,
        "there": False,
        "link": True,
        "gone": True,
    }
