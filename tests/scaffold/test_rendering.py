"""What every generated file has, and what it makes of smctl.toml."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from smctl.project import config
from smctl.project.config import Config, DeployTable, DevTable, PortsTable, ProjectTable, StackTable
from smctl.scaffold.rendering import is_generated, render
from tests.processes import REPOSITORY

PLAIN = Config(ProjectTable("smartmarket"))


def files(settings: Config = PLAIN) -> dict[str, str]:
    return {file.path: file.text for file in render(settings)}


def compose(settings: Config = PLAIN) -> Any:
    loaded: Any = yaml.safe_load(files(settings)["docker-compose.yml"])
    return loaded


def test_the_files_of_a_project() -> None:
    assert list(files()) == [
        ".devcontainer/devcontainer.json",
        ".dockerignore",
        ".env.example",
        ".gitattributes",
        ".github/dependabot.yml",
        ".github/workflows/deploy.yml",
        "Dockerfile",
        "backend/Dockerfile",
        "docker-compose.yml",
        "frontend/vercel.json",
        "render.free.yaml",
        "render.yaml",
    ]


def test_the_committed_files_are_what_smctl_toml_gives() -> None:
    settings = config.load(REPOSITORY / "smctl.toml")
    for path, text in files(settings).items():
        assert (REPOSITORY / path).read_bytes() == text.encode(), f"{path}: run smctl render"


def test_the_same_config_gives_the_same_bytes() -> None:
    assert files() == files()


@pytest.mark.parametrize("path", files())
def test_every_file_is_marked_and_plain_text(path: str) -> None:
    text = files()[path]
    assert is_generated(text)
    assert text.endswith("\n") and not text.endswith("\n\n")
    assert "\r" not in text and "\t" not in text
    assert not [line for line in text.splitlines() if line != line.rstrip()]
    # GitHub's own expressions look like ours, but for the dollar.
    assert not re.search(r"(?<!\$)\{\{", text) and "{%" not in text


@pytest.mark.parametrize("django", ["4.2", "5.2"])
@pytest.mark.parametrize("postgres", ["14", "17", "18"])
def test_versions_come_from_smctl_toml(django: str, postgres: str) -> None:
    stack = StackTable(python="3.12", django=django, postgres=postgres, redis="8", node="22")
    made = files(dataclasses.replace(PLAIN, stack=stack))
    assert "FROM python:3.12-slim-bookworm AS base" in made["backend/Dockerfile"]
    for lock in (f"requirements/{django}.txt", f"requirements/{django}-dev.txt"):
        assert lock in made["backend/Dockerfile"]
        assert (REPOSITORY / "backend" / lock).is_file()
    for image in (f"postgres:{postgres}-bookworm", "redis:8-bookworm", "node:22-bookworm-slim"):
        assert f"image: {image}" in made["docker-compose.yml"]


@pytest.mark.parametrize(
    ("postgres", "folder"), [("17", "/var/lib/postgresql/data"), ("18", "/var/lib/postgresql")]
)
def test_postgres_keeps_its_data_in_a_volume_of_its_major(postgres: str, folder: str) -> None:
    made = compose(dataclasses.replace(PLAIN, stack=StackTable(postgres=postgres)))
    assert made["services"]["db"]["volumes"] == [f"db-{postgres}:{folder}"]
    assert f"db-{postgres}" in made["volumes"]


def test_the_name_is_the_projects_everywhere() -> None:
    deploy = DeployTable(
        image="ghcr.io/me/corner_shop",
        url="https://corner-shop-api.onrender.com",
        frontend_url="https://corner-shop.vercel.app",
    )
    made = files(dataclasses.replace(PLAIN, project=ProjectTable("corner_shop"), deploy=deploy))
    for path, text in made.items():
        assert "smartmarket" not in text.replace("smartmarket:worker:heartbeat", ""), path
    assert yaml.safe_load(made["docker-compose.yml"])["name"] == "corner_shop"


def test_ports_are_published_on_loopback_with_the_configured_default() -> None:
    ports = PortsTable(web=1, db=2, redis=3, frontend=4)
    services = compose(dataclasses.replace(PLAIN, dev=DevTable(ports=ports)))["services"]
    published = {name: one["ports"] for name, one in services.items() if "ports" in one}
    assert published == {
        "web": ["127.0.0.1:${WEB_PORT:-1}:8000"],
        "db": ["127.0.0.1:${DB_PORT:-2}:5432"],
        "redis": ["127.0.0.1:${REDIS_PORT:-3}:6379"],
        "frontend": ["127.0.0.1:${FRONTEND_PORT:-4}:5173"],
    }


def test_every_service_has_a_health_check_that_is_quick_at_the_start() -> None:
    for name, service in compose()["services"].items():
        check = service["healthcheck"]
        assert check["start_interval"] == "1s" and check["start_period"], name


def test_without_a_frontend_nothing_is_rendered_for_it() -> None:
    made = files(dataclasses.replace(PLAIN, dev=DevTable(frontend=False)))
    assert files().keys() - made.keys() == {"frontend/vercel.json", ".github/dependabot.yml"}


def test_without_a_frontend_there_are_four_services() -> None:
    made = compose(dataclasses.replace(PLAIN, dev=DevTable(frontend=False)))
    assert set(made["services"]) == {"web", "worker", "db", "redis"}
    assert set(made["volumes"]) == {"db-18", "redis"}


@pytest.mark.docker
@pytest.mark.parametrize("frontend", [True, False])
@pytest.mark.parametrize("postgres", ["14", "18"])
def test_compose_accepts_the_file_without_a_warning(tmp_path: Path, postgres: str, frontend: bool) -> None:
    settings = Config(
        ProjectTable("corner_shop"), stack=StackTable(postgres=postgres), dev=DevTable(frontend=frontend)
    )
    (tmp_path / "docker-compose.yml").write_text(files(settings)["docker-compose.yml"])
    command = ["docker", "compose", "--profile", "*", "config", "--quiet"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_number_of_seeded_users_is_prepared_by_web() -> None:
    services = compose(dataclasses.replace(PLAIN, dev=DevTable(seed_users=30)))["services"]
    assert "prepare --seed-users 30 " in services["web"]["command"][-1]


def test_the_env_example_has_its_keys_in_order_each_explained_and_no_secret() -> None:
    lines = files()[".env.example"].splitlines()
    keys = [line for line in lines if line and not line.startswith("#")]
    assert [key.partition("=")[0] for key in keys] == [
        "DJANGO_SECRET_KEY",
        "POSTGRES_PASSWORD",
        "DEMO_PASSWORD",
        "DJANGO_DEBUG",
        "DJANGO_ALLOWED_HOSTS",
        "CORS_ALLOWED_ORIGINS",
        "DATABASE_URL",
        "REDIS_URL",
        "TENANT_RLS",
        "METRICS_TOKEN",
        "SENTRY_DSN",
        "DJANGO_LOG_LEVEL",
    ]
    for key in keys:
        comment = lines[lines.index(key) - 1]
        assert comment.startswith("# ")
        if "(secret)" in comment:
            assert key.endswith("=")


def test_no_file_has_a_secret_but_the_defaults_that_say_what_they_are() -> None:
    for text in files().values():
        for value in re.findall(r"\$\{(?:DJANGO_SECRET_KEY|\w*PASSWORD):-([^}]*)\}", text):
            assert value.startswith("insecure-development-")


def test_the_devcontainer_names_a_service_and_ports_that_the_compose_file_has() -> None:
    text = files()[".devcontainer/devcontainer.json"]
    described = json.loads("\n".join(line for line in text.splitlines() if not line.strip().startswith("//")))
    services = compose()["services"]
    assert described["service"] in services and set(described["runServices"]) <= set(services)
    assert (REPOSITORY / ".devcontainer" / described["dockerComposeFile"]).resolve().is_file()
