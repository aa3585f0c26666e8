"""render.yaml, its free variant, vercel.json, dependabot.yml: by their vendors' schemas and what they say."""

from __future__ import annotations

import ast
import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from smctl.project import production
from smctl.project.config import Config, DeployTable, ProjectTable, StackTable
from smctl.scaffold.rendering import render
from tests.processes import REPOSITORY

SCHEMAS = REPOSITORY.parent / "shared" / "facts"
PLAIN = Config(ProjectTable("smartmarket"))
OTHER = Config(
    ProjectTable("corner_shop"),
    stack=StackTable(postgres="16"),
    deploy=DeployTable(
        image="ghcr.io/me/shop",
        url="https://api.corner.example/",
        frontend_url="https://corner.example",
        region="frankfurt",
    ),
)
BOTH = pytest.mark.parametrize("path", ["render.yaml", "render.free.yaml"])
# Story 1.2, "Render environment variables set".
OF_THE_BRIEF = {
    "DJANGO_SECRET_KEY",
    "DJANGO_DEBUG",
    "DJANGO_ALLOWED_HOSTS",
    "DATABASE_URL",
    "REDIS_URL",
    "SENTRY_DSN",
    "CORS_ALLOWED_ORIGINS",
}


def text(path: str, settings: Config = PLAIN) -> str:
    return next(file.text for file in render(settings) if file.path == path)


def blueprint(path: str, settings: Config = PLAIN) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(text(path, settings))
    return document


def service(kind: str, path: str = "render.yaml", settings: Config = PLAIN) -> dict[str, Any]:
    return next(dict(one) for one in blueprint(path, settings)["services"] if one["type"] == kind)


def variables(of: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["key"]: one for one in of["envVars"]}


def schema(name: str) -> Any:
    path = SCHEMAS / name
    if not path.is_file():
        pytest.skip(f"the vendor's schema is not beside this repository: {name}")
    return json.loads(path.read_text(encoding="utf-8"))


@BOTH
@pytest.mark.parametrize("settings", [PLAIN, OTHER], ids=["plain", "other"])
def test_the_blueprint_is_valid_by_renders_own_schema(path: str, settings: Config) -> None:
    jsonschema.Draft202012Validator(schema("render-yaml.schema.json")).validate(blueprint(path, settings))


@pytest.mark.parametrize("settings", [PLAIN, OTHER], ids=["plain", "other"])
def test_vercel_json_is_valid_by_vercels_own_schema(settings: Config) -> None:
    # Without a check of the schema itself, which is not quite one.
    validator = jsonschema.Draft7Validator(schema("vercel-json.schema.json"))
    validator.validate(json.loads(text("frontend/vercel.json", settings)))


@BOTH
def test_every_variable_of_the_brief_is_set_and_the_backend_reads_each(path: str) -> None:
    settings = ast.parse((REPOSITORY / "backend/smartmarket/settings/environment.py").read_text())
    read = next(node.value for node in settings.body if isinstance(node, ast.Assign))
    known = set(ast.literal_eval(read))
    for one in blueprint(path)["services"]:
        if "envVars" in one:
            assert OF_THE_BRIEF <= variables(one).keys() <= known


@BOTH
def test_no_secret_is_written_down(path: str) -> None:
    web = variables(service("web", path))
    assert web["DJANGO_SECRET_KEY"] == {"key": "DJANGO_SECRET_KEY", "generateValue": True}
    assert web["SENTRY_DSN"] == {"key": "SENTRY_DSN", "sync": False}
    assert web["DATABASE_URL"]["fromDatabase"]["property"] == "connectionString"
    assert "value" not in web["REDIS_URL"]
    # The image knows its commit itself; a value here would be the same for every release.
    assert "RELEASE_SHA" not in web


@BOTH
def test_what_a_service_refers_to_is_in_the_same_file(path: str) -> None:
    made = blueprint(path)
    names = {one["name"] for one in made["services"]}
    databases = {one["name"] for one in made["databases"]}
    for one in made["services"]:
        for variable in one.get("envVars", []):
            assert variable.get("fromDatabase", {}).get("name") in {None, *databases}
            assert variable.get("fromService", {}).get("name") in {None, *names}


def test_web_and_worker_run_one_image_with_one_key() -> None:
    web, worker = service("web"), service("worker")
    assert web["runtime"] == worker["runtime"] == "image"
    assert web["image"] == worker["image"] and web["image"]["url"] == f"{PLAIN.deploy.image}:latest"
    assert variables(worker)["DJANGO_SECRET_KEY"]["fromService"]["envVarKey"] == "DJANGO_SECRET_KEY"
    assert worker["dockerCommand"].startswith("celery -A smartmarket worker ")


def test_a_release_migrates_before_it_serves_and_seeds_nothing() -> None:
    assert service("web")["preDeployCommand"] == "python manage.py prepare"
    assert "preDeployCommand" not in service("worker")
    assert "seed" not in text("render.yaml")


def test_a_task_that_runs_may_end_within_its_own_limit() -> None:
    celery = (REPOSITORY / "backend/smartmarket/settings/celery.py").read_text()
    limit = re.search(r"^CELERY_TASK_TIME_LIMIT = (\d+)", celery, flags=re.MULTILINE)
    assert limit and int(limit[1]) < service("worker")["maxShutdownDelaySeconds"] <= 300


@BOTH
def test_the_queue_evicts_nothing_and_neither_store_is_open_to_the_internet(path: str) -> None:
    assert service("keyvalue", path)["maxmemoryPolicy"] == "noeviction"
    for one in (service("keyvalue", path), *blueprint(path)["databases"]):
        assert one["ipAllowList"] == []


@BOTH
def test_names_addresses_and_versions_come_from_smctl_toml(path: str) -> None:
    (database,) = blueprint(path, OTHER)["databases"]
    assert (database["postgresMajorVersion"], database["databaseName"]) == ("16", "corner_shop")
    web = service("web", path, OTHER)
    assert (web["name"], web["region"], web["image"]["url"]) == (
        "corner-shop-api",
        "frankfurt",
        "ghcr.io/me/shop:latest",
    )
    assert variables(web)["DJANGO_ALLOWED_HOSTS"]["value"] == "api.corner.example"
    assert variables(web)["CORS_ALLOWED_ORIGINS"]["value"] == "https://corner.example"


def test_a_service_has_the_name_that_render_makes_its_address_of() -> None:
    assert production.names(PLAIN).web == service("web")["name"] == "smartmarket-api"


def test_the_free_variant_has_only_what_the_free_tier_has() -> None:
    made = blueprint("render.free.yaml")
    assert {one["plan"] for one in (*made["services"], *made["databases"])} == {"free"}
    assert {one["type"] for one in made["services"]} == {"web", "keyvalue"}
    web = service("web", "render.free.yaml")
    assert "preDeployCommand" not in web and "numInstances" not in web
    for command in ("manage.py prepare &&", "celery -A smartmarket worker", "exec python -m gunicorn"):
        assert command in web["dockerCommand"]


def test_the_frontend_is_built_with_the_api_and_may_talk_to_it_alone() -> None:
    made = json.loads(text("frontend/vercel.json", OTHER))
    assert "REACT_APP_API_URL:-https://api.corner.example/api}" in made["buildCommand"]
    every = {one["key"]: one["value"] for one in made["headers"][-1]["headers"]}
    assert "connect-src 'self' https://api.corner.example;" in every["Content-Security-Policy"]
    assert every["X-Content-Type-Options"] == "nosniff" and every["X-Frame-Options"] == "DENY"


def test_every_address_but_a_file_of_the_build_is_the_app_and_is_not_cached() -> None:
    made = json.loads(text("frontend/vercel.json"))
    assert made["rewrites"] == [{"source": "/((?!assets/).*)", "destination": "/index.html"}]
    cached = {one["source"]: one["headers"][0]["value"] for one in made["headers"][:2]}
    assert cached["/((?!assets/).*)"] == "no-store" and "immutable" in cached["/assets/(.*)"]


def test_vercel_json_is_smctls_until_its_mark_is_removed(tmp_path: Path) -> None:
    from smctl.scaffold import drift

    [file] = [one for one in render(PLAIN) if one.path == "frontend/vercel.json"]
    target = tmp_path / file.path
    target.parent.mkdir()
    target.write_text(file.text.replace("DENY", "SAMEORIGIN"))
    assert drift.compare(tmp_path, [file])[0].status == "differs"
    target.write_text(file.text.replace("#generated-by-smctl", ""))
    assert drift.compare(tmp_path, [file])[0].status == "yours"


def test_dependabot_waits_before_it_takes_a_release() -> None:
    [update] = yaml.safe_load(text(".github/dependabot.yml"))["updates"]
    assert update["cooldown"]["default-days"] >= 7
    assert (REPOSITORY / update["directory"].lstrip("/") / "package.json").is_file()


def test_regions_are_renders() -> None:
    with_region = dataclasses.replace(PLAIN, deploy=DeployTable(region="ohio"))
    every = [
        *blueprint("render.yaml", with_region)["services"],
        *blueprint("render.yaml", with_region)["databases"],
    ]
    assert {one["region"] for one in every} == {"ohio"}
