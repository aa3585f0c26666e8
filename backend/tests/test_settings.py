"""The settings as a fresh process reads them from its environment."""

import importlib
import pkgutil
import re
import secrets
import shutil
import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from smartmarket import settings
from smartmarket.settings import environment as settings_environment
from smartmarket.settings.storage import database
from tests.support.processes import BACKEND, manage, python

PRODUCTION = {
    "DJANGO_SECRET_KEY": secrets.token_hex(32),
    "DJANGO_ALLOWED_HOSTS": "api.example.com",
    "DATABASE_URL": "postgres://app:word@db.example.com:5432/shop",
    "REDIS_URL": "redis://cache.example.com:6379/0",
}


def read(expression: str, env: dict[str, str]) -> CompletedProcess[str]:
    """Print what `expression` is with exactly these variables set."""
    return python("-c", f"from smartmarket import settings; print(({expression}))", env=env)


def test_production_settings_are_complete_with_the_four_required_variables() -> None:
    outcome = read("settings.DEBUG, settings.ALLOWED_HOSTS", PRODUCTION)
    assert outcome.stdout.strip() == "(False, ['api.example.com'])"


@pytest.mark.parametrize("key", ["", "insecure-development-key-" + "0" * 40])
def test_production_refuses_a_missing_or_placeholder_key_and_says_how_to_make_one(key: str) -> None:
    outcome = read("settings.SECRET_KEY", {**PRODUCTION, "DJANGO_SECRET_KEY": key})
    assert outcome.returncode != 0
    assert "DJANGO_SECRET_KEY" in outcome.stderr
    assert "openssl rand -hex 32" in outcome.stderr


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_production_refuses_to_guess_an_address(name: str) -> None:
    outcome = read("settings.DATABASES", {key: value for key, value in PRODUCTION.items() if key != name})
    assert outcome.returncode != 0
    assert f"{name} is not set" in outcome.stderr


def test_a_developer_needs_no_variable_but_debug() -> None:
    outcome = read("len(settings.SECRET_KEY) >= 50, settings.REDIS_URL", {"DJANGO_DEBUG": "true"})
    assert outcome.stdout.strip() == "(True, 'redis://localhost:6379/0')"


def test_the_heartbeat_lives_longer_in_production_than_a_redeploy_takes() -> None:
    production = read("settings.WORKER_HEARTBEAT_TTL", PRODUCTION)
    development = read("settings.WORKER_HEARTBEAT_TTL", {"DJANGO_DEBUG": "true"})
    assert (production.stdout.strip(), development.stdout.strip()) == ("60.0", "1.6")


def test_a_stray_env_file_changes_nothing(tmp_path: Path) -> None:
    shutil.copytree(BACKEND / "smartmarket", tmp_path / "project" / "smartmarket")
    for folder in (tmp_path, tmp_path / "project"):
        (folder / ".env").write_text("RELEASE_SHA=stray\n")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from smartmarket.settings import RELEASE_SHA as sha"
    )
    outcome = python("-c", f"{script}; print(sha)", str(tmp_path / "project"), env=PRODUCTION)
    assert outcome.stdout.strip() == "unknown"


EVERYTHING = {
    "CORS_ALLOWED_ORIGINS": "https://shop.example.com",
    "CORS_ALLOWED_ORIGIN_REGEXES": r"https://shop-[a-z0-9-]+-acme\.vercel\.app",
    "METRICS_TOKEN": secrets.token_hex(16),
    "SENTRY_DSN": "https://key@sentry.example.com/1",
}


@pytest.mark.parametrize("more", [{}, EVERYTHING])
def test_production_passes_the_deployment_check(more: dict[str, str]) -> None:
    outcome = manage("check", "--deploy", "--fail-level", "WARNING", env={**PRODUCTION, **more})
    assert outcome.returncode == 0, outcome.stderr
    assert "no issues (0 silenced)" in outcome.stdout


def test_errors_are_reported_only_where_sentry_is_configured() -> None:
    loaded = "'sentry_sdk' in __import__('sys').modules"
    assert read(loaded, PRODUCTION).stdout.strip() == "False"
    reporting = {**PRODUCTION, "SENTRY_DSN": "https://key@sentry.example.com/1"}
    assert read(loaded, reporting).stdout.strip() == "True"


def test_a_web_process_starts_without_importing_celery_or_redis() -> None:
    script = (
        "import smartmarket.wsgi, sys; print([name for name in ('celery', 'redis') if name in sys.modules])"
    )
    assert python("-c", script, env={**PRODUCTION}).stdout.strip() == "[]"


def test_health_is_answered_before_anything_else() -> None:
    assert settings.MIDDLEWARE[0] == "apps.core.health.middleware.HealthMiddleware"


def test_a_web_process_imports_prometheus_only_where_there_is_a_token() -> None:
    script = "import smartmarket.wsgi, sys; print('prometheus_client' in sys.modules)"
    assert python("-c", script, env=PRODUCTION).stdout.strip() == "False"
    assert python("-c", script, env={**PRODUCTION, "METRICS_TOKEN": "token"}).stdout.strip() == "True"


def test_every_setting_of_a_theme_is_a_setting_of_the_project() -> None:
    helpers = {
        "ADDRESS_FACTOR",
        "CONNECT_TIMEOUT_SECONDS",
        "DATABASE_URL",
        "DEVELOPMENT_KEY",
        "IDLE_IN_TRANSACTION_TIMEOUT_MS",
        "INSECURE_PREFIX",
        "FORMATTERS",
        "LOCAL_HOSTS",
        "LOG_FORMAT",
        "LOG_LEVEL",
        "ORIGIN",
        "OWN_DOMAIN",
        "OWN_TEAM",
        "SENTRY_ENVIRONMENT",
        "SHARED_DOMAIN",
        "STATEMENT_TIMEOUT_MS",
        "VARIABLES",
    }
    themes = [
        importlib.import_module(f"{settings.__name__}.{theme.name}")
        for theme in pkgutil.iter_modules(settings.__path__)
    ]
    defined = {name for theme in themes for name in vars(theme) if name.isupper()}
    assert defined - helpers == {name for name in vars(settings) if name.isupper()}


def test_every_variable_that_is_read_is_documented_and_the_other_way_round() -> None:
    sources = [*(BACKEND / "smartmarket" / "settings").glob("*.py"), BACKEND / "gunicorn.conf.py"]
    read_names = {
        name
        for source in sources
        for name in re.findall(r'(?:config|environment)\(\s*"([A-Z_]+)"', source.read_text())
    }
    assert read_names == set(settings_environment.VARIABLES)


def test_the_variables_are_read_nowhere_else() -> None:
    sources = [*(BACKEND / "apps").rglob("*.py"), *(BACKEND / "smartmarket").glob("*.py")]
    elsewhere = [
        path.name for path in sources if re.search(r"os\.(getenv|environ\[|environ\.get)", path.read_text())
    ]
    assert elsewhere == []


def test_what_a_database_address_says_wins_over_the_defaults() -> None:
    described = database("postgres://u:p@h:1/n?sslmode=require&connect_timeout=9")
    assert described["OPTIONS"]["sslmode"] == "require"
    assert int(described["OPTIONS"]["connect_timeout"]) == 9
    assert described["OPTIONS"]["application_name"] == "smartmarket"


def test_tasks_are_declared_on_the_project_and_not_shared() -> None:
    assert sys.modules["smartmarket"].__dict__.get("app") is None
    users = [path.name for path in (BACKEND / "apps").rglob("*.py") if "shared_task" in path.read_text()]
    assert users == []
