"""From a stack to what the supervisor runs, as values: nothing is started here."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from smctl.project.project import Project
from smctl.stack import probes
from smctl.stack.embedded import plan
from smctl.stack.embedded.node import Node
from smctl.stack.embedded.places import Places
from smctl.stack.embedded.spec import Service, Specification, Task
from smctl.stack.services import Stack
from tests.conftest import make_project

PORTS = {"web": 8101, "db": 8102, "redis": 8103, "frontend": 8104}
ENV = {"POSTGRES_PASSWORD": "pass1word", "DJANGO_SECRET_KEY": "key1secret", "DEMO_PASSWORD": "demo1word"}
PROGRAMS = plan.Programs(
    Path("/pg/bin"),
    Path("/valkey/valkey-server"),
    Path("/env/0123"),
    Node(Path("/n/bin/node"), Path("/n/npm.js")),
)


@dataclass(frozen=True)
class Planned:
    project: Project
    specification: Specification

    def service(self, name: str) -> Service:
        return next(item for item in self.specification.services if item.name == name)

    def task(self, name: str) -> Task:
        return next(item for item in self.specification.tasks if item.name == name)

    @property
    def units(self) -> list[Task | Service]:
        return [*self.specification.tasks, *self.specification.services]

    @property
    def argvs(self) -> list[list[str]]:
        return [unit.argv for unit in self.units]


def planned(project: Project, env: Mapping[str, str] = ENV, programs: plan.Programs = PROGRAMS) -> Planned:
    project.frontend.mkdir(exist_ok=True)
    (project.frontend / "package-lock.json").write_text("{}")
    stack = Stack(project, PORTS, env, "0" * 40)
    return Planned(project, plan.specification(stack, Places.of(project), programs))


@pytest.fixture
def usual(project: Project) -> Planned:
    return planned(project)


def test_each_unit_needs_what_it_cannot_start_without(usual: Planned) -> None:
    assert {unit.name: unit.needs for unit in usual.units} == {
        "cluster": [],
        "role": ["cluster"],
        "database": ["db"],
        "prepare": [],
        "npm": [],
        "db": ["role"],
        "redis": [],
        "web": ["prepare"],
        "worker": ["prepare"],
        "frontend": ["npm"],
    }


def test_what_is_needed_is_there_and_never_in_a_circle(usual: Planned) -> None:
    needs = {unit.name: unit.needs for unit in usual.units}
    started = set[str]()
    while needs:
        ready = {name for name, wanted in needs.items() if set(wanted) <= started}
        assert ready, f"none of {needs} can ever start"
        started |= ready
        needs = {name: wanted for name, wanted in needs.items() if name not in ready}


def test_without_a_frontend_nothing_of_it_is_planned(project: Project) -> None:
    bare = planned(project, programs=dataclasses.replace(PROGRAMS, node=None)).specification
    assert [service.name for service in bare.services] == ["db", "redis", "web", "worker"]
    assert [task.name for task in bare.tasks] == ["cluster", "role", "database", "prepare"]


def test_the_servers_stop_after_those_that_use_them(usual: Planned) -> None:
    for name in ("db", "redis"):
        assert usual.service(name).stop_after == ["web", "worker"]


def test_every_service_has_a_probe_of_its_own_port(usual: Planned) -> None:
    asked = {service.name: (service.probe, service.probe_port) for service in usual.specification.services}
    assert asked == {
        "db": ("postgres", 8102),
        "redis": ("redis", 8103),
        "web": ("web", 8101),
        "worker": ("worker", 8103),
        "frontend": ("frontend", 8104),
    }
    assert all(callable(getattr(probes, probe)) for probe, _ in asked.values())


def test_no_secret_is_in_a_command_line(usual: Planned) -> None:
    words = " ".join(word for argv in usual.argvs for word in argv)
    assert not [secret for secret in ENV.values() if secret in words]


def test_no_secret_is_shown_by_its_representation(usual: Planned) -> None:
    shown = repr(usual.specification) + repr(Stack(usual.project, PORTS, ENV, ""))
    shown += repr(plan.connection(Stack(usual.project, PORTS, ENV, "")))
    assert not [secret for secret in ENV.values() if secret in shown]


def test_nothing_listens_outside_loopback(usual: Planned) -> None:
    db, redis, frontend = (usual.service(name).argv for name in ("db", "redis", "frontend"))
    assert {"listen_addresses=127.0.0.1", "port=8102", "unix_socket_permissions=0700"} <= set(db)
    assert redis[redis.index("--bind") + 1 :][:3] == ["127.0.0.1", "--port", "8103"]
    assert frontend[frontend.index("--host") + 1 :][:4] == ["127.0.0.1", "--port", "8104", "--strictPort"]
    # The supervisor binds web's port itself, on 127.0.0.1.
    assert usual.service("web").listen == 8101
    assert "fd://{fd}" in usual.service("web").argv
    words = [word for argv in usual.argvs for word in argv]
    assert not [word for word in words if "0.0.0.0" in word or "::" in word]


@pytest.mark.parametrize("folder", ["a b", "দোকান", "it's", 'say "hi"', "a,b", "$HOME;x"])
def test_any_folder_may_be_the_projects(folder: str, tmp_path: Path) -> None:
    project = make_project(tmp_path / folder / "shop")
    db = planned(project).service("db")
    sockets = Places.of(project).run
    quoted = str(sockets).replace('"', '""')
    # A list of folders for PostgreSQL, so that a comma needs quotes and a quote needs another.
    assert f'unix_socket_directories="{quoted}"' in db.argv
    assert str(project.state_dir / "data" / "postgres") in db.argv


def test_a_password_may_have_any_character(project: Project) -> None:
    password = "p@ss:w/o#r?d'%\" দ"
    made = planned(project, {**ENV, "POSTGRES_PASSWORD": password})
    url = urlsplit(made.service("web").env["DATABASE_URL"])
    assert (url.hostname, url.port, url.path) == ("127.0.0.1", 8102, "/shop")
    assert unquote(url.password or "") == password
    for task in ("role", "database"):
        assert "PASSWORD 'p@ss:w/o#r?d''%\" দ';" in made.task(task).stdin


def test_addresses_of_the_users_own_win(project: Project) -> None:
    own = {"DATABASE_URL": "postgresql://elsewhere/x", "REDIS_URL": "redis://elsewhere/1"}
    env = planned(project, {**ENV, **own}).service("worker").env
    assert (env["DATABASE_URL"], env["REDIS_URL"]) == (own["DATABASE_URL"], own["REDIS_URL"])


def test_preparing_is_done_again_when_a_migration_a_password_or_the_packages_change(project: Project) -> None:
    migrations = project.backend / "apps" / "core" / "migrations"
    migrations.mkdir(parents=True)
    keys = [planned(project).task("prepare").done_key]
    (migrations / "0001_initial.py").write_text("one")
    keys.append(planned(project).task("prepare").done_key)
    (migrations / "0001_initial.py").write_text("two")
    keys.append(planned(project).task("prepare").done_key)
    keys.append(planned(project, {**ENV, "DEMO_PASSWORD": "other"}).task("prepare").done_key)
    other = dataclasses.replace(PROGRAMS, environment=Path("/env/4567"))
    keys.append(planned(project, programs=other).task("prepare").done_key)
    keys.append(planned(project, {**ENV, "TENANT_RLS": "False"}).task("prepare").done_key)
    assert len(set(keys)) == 6
    assert planned(project).task("prepare").done_key == planned(project).task("prepare").done_key


@pytest.mark.parametrize(
    ("written", "told"), [({}, "True"), ({"TENANT_RLS": ""}, "True"), ({"TENANT_RLS": "False"}, "False")]
)
def test_row_level_security_is_on_unless_env_says_otherwise(
    written: dict[str, str], told: str, project: Project
) -> None:
    made = planned(project, {**ENV, **written})
    assert made.service("web").env["TENANT_RLS"] == made.service("worker").env["TENANT_RLS"] == told


def test_edits_of_the_source_reload_web_and_restart_the_worker(usual: Planned) -> None:
    web, worker = usual.service("web"), usual.service("worker")
    assert (web.on_edit, worker.on_edit) == ("hup", "restart")
    backend = usual.project.backend
    assert web.watch == worker.watch == [str(backend / "apps"), str(backend / "shop")]


def test_a_specification_travels_as_json_unchanged(usual: Planned) -> None:
    sent = json.loads(json.dumps(usual.specification.as_document()))
    assert Specification.from_document(sent) == usual.specification


def test_postgres_is_run_as_nobody_because_it_refuses_root(usual: Planned) -> None:
    assert {unit.name for unit in usual.units if unit.nobody} == {"cluster", "role", "db"}
