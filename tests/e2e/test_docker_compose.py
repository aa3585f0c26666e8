"""The rendered files on a real Docker Engine, with plain `docker compose`: no smctl, no .env."""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests.e2e.docker_stack import DockerStack, docker, docker_stack
from tests.e2e.live import eventually

pytestmark = pytest.mark.docker

OWNER = 54321  # a user that no image and no machine knows


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerStack]:
    """Up by `docker compose up`; the checkout is somebody else's, where root runs this and can arrange it."""
    with docker_stack(tmp_path_factory.mktemp("compose") / "দোকান one") as stack:
        if os.getuid() == 0:
            for path in [stack.root, *stack.root.rglob("*")]:
                os.chown(path, OWNER, OWNER)
        done = stack.compose("up", "--detach", "--wait")
        assert done.code == 0, done.err
        yield stack


def get(stack: DockerStack, path: str) -> tuple[int, str]:
    url = f"http://127.0.0.1:{stack.configured_ports['web']}{path}"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""
    except OSError as error:
        return 0, str(error)


def test_four_services_are_healthy(stack: DockerStack) -> None:
    services = stack.compose("ps", "--format", "{{.Service}} {{.Health}}").out.split("\n")
    assert sorted(filter(None, services)) == ["db healthy", "redis healthy", "web healthy", "worker healthy"]


def test_every_page_of_the_readme_answers(stack: DockerStack) -> None:
    status, body = get(stack, "/health")
    assert status == 200 and '"workers": "ok"' in body
    for path in ("/api/", "/api/docs/", "/api/redoc/", "/admin/login/", "/health/live"):
        assert get(stack, path)[0] == 200, path


def test_ports_are_open_on_loopback_alone(stack: DockerStack) -> None:
    for service in ("web", "db", "redis"):
        bindings = stack.inspect(service)["HostConfig"]["PortBindings"]
        assert [binding["HostIp"] for one in bindings.values() for binding in one] == ["127.0.0.1"]


def test_it_was_migrated_and_seeded(stack: DockerStack) -> None:
    assert stack.compose("exec", "-T", "web", "python", "manage.py", "migrate", "--check").code == 0
    found = stack.compose("exec", "-T", "db", "psql", "-XqAt", "-c", "select email from accounts_user")
    assert "demo" in found.out


def test_the_commands_of_the_appendix(stack: DockerStack) -> None:
    manage = ("python", "manage.py")
    assert stack.compose("exec", "-T", "web", *manage, "migrate").code == 0
    made = stack.compose(
        *("exec", "-T", "-e", "DJANGO_SUPERUSER_PASSWORD", "web"),
        *(*manage, "createsuperuser", "--noinput", "--email", "boss@example.com"),
        DJANGO_SUPERUSER_PASSWORD="a-long-password-4711",
    )
    assert made.code == 0, made.err
    assert stack.compose("exec", "-T", "web", *manage, "seed_demo").code == 0
    for service in ("web", "worker", "db"):
        assert stack.compose("logs", service).out.strip()


def test_pytest_runs_in_the_container(stack: DockerStack) -> None:
    done = stack.compose("exec", "-T", "web", "pytest", "tests/", "-v", "-x", "-k", "settings or migrations")
    assert done.code == 0, done.out[-3000:]


def test_processes_have_no_more_rights_than_the_owner_of_the_checkout(stack: DockerStack) -> None:
    expected = stack.root.stat().st_uid
    for service in ("web", "worker"):
        rows = docker("top", stack.container(service), "-eo", "pid,uid,comm").splitlines()[1:]
        users = {row.split()[1] for row in rows if "docker-init" not in row and "tini" not in row}
        assert users == {str(expected)}
        assert stack.inspect(service)["HostConfig"]["CapDrop"] == ["ALL"]


def test_files_made_in_a_container_belong_to_the_owner_of_the_checkout(stack: DockerStack) -> None:
    stack.compose(
        "exec", "-T", "web", "python", "manage.py", "makemigrations", "customers", "--empty", "-n", "made"
    )
    stack.compose("exec", "-T", "web", "python", "-c", "open('made_here', 'w')")
    owner = stack.root.stat().st_uid
    made = [*stack.root.rglob("*_made.py"), stack.backend_file("made_here")]
    assert len(made) == 2
    strangers = [path for path in stack.root.rglob("*") if path.stat().st_uid != owner]
    assert strangers == []


def test_an_edit_is_served(stack: DockerStack) -> None:
    urls = stack.backend_file("smartmarket/urls.py")
    view = "lambda request: __import__('django.http').http.HttpResponse('edited')"
    urls.write_text(urls.read_text() + f"\nurlpatterns = [*urlpatterns, path('edited/', {view})]\n")
    eventually(lambda: get(stack, "/edited/") == (200, "edited"), within=15, every=0.2)


def test_an_edit_reaches_the_worker(stack: DockerStack) -> None:
    module = stack.backend_file("smartmarket/celery.py")
    module.write_text(module.read_text() + "\nprint('edited worker', flush=True)\n")
    eventually(lambda: "edited worker" in stack.compose("logs", "worker").out, within=20, every=0.5)
    eventually(lambda: get(stack, "/health")[0] == 200, within=20, every=0.5)


def test_the_release_is_passed_through_and_logs_are_limited(stack: DockerStack) -> None:
    services = json.loads(stack.compose("config", "--format", "json", RELEASE_SHA="0123abc").out)["services"]
    for service in ("web", "worker"):
        assert services[service]["environment"]["RELEASE_SHA"] == "0123abc"
    for service in stack.containers():
        assert stack.inspect(service)["HostConfig"]["LogConfig"]["Config"] == {
            "max-file": "3",
            "max-size": "10m",
        }


def test_an_empty_value_in_env_file_is_no_value(stack: DockerStack) -> None:
    empty = "DJANGO_SECRET_KEY=\nDATABASE_URL=\nREDIS_URL=\nPOSTGRES_PASSWORD=\n"
    (stack.root / ".env").write_text(empty, encoding="utf-8")
    shown = stack.compose("config").out
    (stack.root / ".env").unlink()
    assert "DJANGO_SECRET_KEY: insecure-development-key" in shown
    assert "DATABASE_URL: postgresql://smartmarket@db:5432/smartmarket" in shown
    assert "PGPASSWORD: insecure-development-only" in shown


def test_data_survives_down(stack: DockerStack) -> None:
    sql = ("exec", "-T", "db", "psql", "-XqAt", "-c")
    stack.compose(*sql, "create table kept (id int); insert into kept values (42)")
    assert stack.compose("down").code == 0
    assert stack.compose("up", "--detach", "--wait").code == 0
    assert stack.compose(*sql, "select id from kept").out.strip() == "42"


def test_smctl_takes_over_a_stack_and_gives_its_database_the_password_of_the_new_env_file(
    stack: DockerStack,
) -> None:
    (stack.root / ".env").write_text(f"COMPOSE_PROJECT_NAME={stack.name}\n", encoding="utf-8")
    database = stack.container("db")
    shown = stack.up()
    assert "POSTGRES_PASSWORD=insecure" not in (stack.root / ".env").read_text()
    assert stack.container("db") != database
    assert {service["health"] for service in shown["services"]} == {"ok"}
    assert stack.sql("select id from kept") == "42"


def test_the_frontend_is_a_fifth_service_under_a_profile(stack: DockerStack) -> None:
    owner = stack.root.stat().st_uid
    assert "frontend" not in stack.compose("config", "--services").out.split()
    done = stack.compose("--profile", "frontend", "up", "--detach", "--wait")
    assert done.code == 0, done.err
    url = f"http://127.0.0.1:{stack.configured_ports['frontend']}"
    assert '<div id="root">' in urllib.request.urlopen(f"{url}/", timeout=10).read().decode()
    assert urllib.request.urlopen(f"{url}/health", timeout=10).status == 200
    assert stack.compose("exec", "-T", "frontend", "node", "-p", "process.getuid()").out.strip() == str(owner)
    assert (stack.root / "frontend" / "node_modules").stat().st_uid == owner
    config = stack.root / "smctl.toml"
    config.write_text(config.read_text().replace("\nfrontend = false", "\nfrontend = true"))
    states = {service["name"]: service["health"] for service in stack.up()["services"]}
    assert states == dict.fromkeys(("db", "redis", "web", "worker", "frontend"), "ok")


def test_down_with_volumes_leaves_nothing(stack: DockerStack) -> None:
    assert stack.compose("--profile", "frontend", "down", "--volumes").code == 0
    label = f"label=com.docker.compose.project={stack.name}"
    assert docker("ps", "-aq", "--filter", label) == ""
    assert docker("volume", "ls", "-q", "--filter", label) == ""
    assert docker("network", "ls", "-q", "--filter", label) == ""


def test_a_service_that_cannot_start_ends_compose_up_soon(stack: DockerStack) -> None:
    stack.backend_file("gunicorn.conf.py").write_text("raise RuntimeError('broken on purpose')\n")
    began = time.monotonic()
    done = stack.compose("up", "--detach", "--wait")
    assert done.code != 0 and time.monotonic() - began < 60
    assert "broken on purpose" in stack.compose("logs", "web").out
