"""What a person meets on the docker engine. One real stack for all tests: `up` repairs it between them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests import processes
from tests.e2e.docker_stack import DockerStack, docker, docker_stack
from tests.e2e.live import eventually

pytestmark = pytest.mark.docker

SERVICES = ("db", "redis", "web", "worker")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerStack]:
    with docker_stack(tmp_path_factory.mktemp("engine") / "shop") as stack:
        stack.name_in_env_file()
        git(stack, "init", "--quiet")
        git(stack, "add", "smctl.toml")
        git(stack, "commit", "--quiet", "--message", "one")
        yield stack


@pytest.fixture
def stack(fresh: DockerStack) -> DockerStack:
    fresh.up()
    return fresh


def git(stack: DockerStack, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=stack.root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def states(stack: DockerStack) -> dict[str, tuple[str, str]]:
    """State and health by service, as `smctl status` says."""
    shown = stack.smctl("status", "--json").json
    return {service["name"]: (service["state"], service["health"]) for service in shown["services"]}


def write_row(stack: DockerStack, text: str) -> None:
    stack.sql(f"create table if not exists kept (what text); insert into kept values ('{text}')")


def rows(stack: DockerStack) -> list[str]:
    return stack.sql("select what from kept order by what").splitlines()


# -- up --


def test_up_from_a_fresh_folder_is_healthy_migrated_and_seeded(
    fresh: DockerStack,
) -> None:
    shown = fresh.up()
    assert shown["engine"] == "docker"
    assert [(one["name"], one["state"], one["health"]) for one in shown["services"]] == [
        (service, "running", "ok") for service in SERVICES
    ]
    assert [phase["name"] for phase in shown["phases"]] == ["build", "create", *SERVICES]
    assert fresh.health().json == {"status": "ok", "services": {"db": "ok", "redis": "ok", "workers": "ok"}}
    assert "demo" in fresh.sql("select email from accounts_user")
    assert fresh.manage("ping_worker").code == 0


def test_up_again_touches_nothing(stack: DockerStack) -> None:
    before = {service: stack.inspect(service)["State"]["StartedAt"] for service in SERVICES}
    assert stack.up()["phases"] == []
    assert before == {service: stack.inspect(service)["State"]["StartedAt"] for service in SERVICES}


def test_the_release_that_is_checked_out_is_served(stack: DockerStack) -> None:
    assert stack.health().headers["X-Release"] == git(stack, "rev-parse", "HEAD")
    git(stack, "commit", "--quiet", "--allow-empty", "--message", "two")
    stack.up()
    assert stack.health().headers["X-Release"] == git(stack, "rev-parse", "HEAD")


def test_no_secret_is_on_a_command_line_or_in_the_output(stack: DockerStack) -> None:
    secrets = [
        line.partition("=")[2]
        for line in (stack.root / ".env").read_text().splitlines()
        if line.startswith(("DJANGO_SECRET_KEY=", "POSTGRES_PASSWORD="))
    ]
    assert all(secrets) and len(secrets) == 2
    shown = "".join(docker("top", stack.container(service)) for service in SERVICES)
    shown += stack.smctl("up", "--json").out + stack.smctl("logs").out
    assert not any(secret in shown for secret in secrets)


# -- faults --


@pytest.mark.parametrize("service", SERVICES)
def test_a_killed_container_is_seen_and_comes_back_with_the_data(stack: DockerStack, service: str) -> None:
    write_row(stack, f"before {service}")
    docker("kill", stack.container(service))
    assert states(stack)[service] == ("exited", "none")
    stack.up()
    assert f"before {service}" in rows(stack)
    assert stack.manage("ping_worker").code == 0


def test_all_containers_killed_at_once_come_back(stack: DockerStack) -> None:
    write_row(stack, "before all")
    docker("kill", *stack.containers().values())
    stack.up()
    assert "before all" in rows(stack)


@pytest.mark.parametrize("service", ["db", "redis", "web"])
def test_a_frozen_service_is_failing_at_once_and_up_restarts_it(stack: DockerStack, service: str) -> None:
    write_row(stack, f"frozen {service}")
    stack.freeze(service)
    assert states(stack)[service] == ("running", "failing")
    stack.up()
    assert f"frozen {service}" in rows(stack)


def test_a_frozen_worker_is_failing_when_its_heartbeat_has_run_out(stack: DockerStack) -> None:
    stack.freeze("worker")
    eventually(lambda: states(stack)["worker"] == ("running", "failing"), within=5, every=0.2)
    stack.up()
    assert stack.manage("ping_worker").code == 0


def test_a_paused_container_goes_on(stack: DockerStack) -> None:
    docker("pause", stack.container("web"))
    assert states(stack)["web"] == ("running", "failing")
    started = stack.inspect("web")["State"]["StartedAt"]
    stack.up()
    assert stack.inspect("web")["State"]["StartedAt"] == started


def test_a_removed_container_is_missed_and_made_again(stack: DockerStack) -> None:
    docker("rm", "--force", stack.container("worker"))
    assert states(stack)["worker"] == ("stopped", "none")
    stack.up()
    assert stack.manage("ping_worker").code == 0


def test_a_service_that_exits_at_its_start_ends_up_at_once_with_its_last_lines(stack: DockerStack) -> None:
    conf = stack.backend_file("gunicorn.conf.py")
    good = conf.read_text()
    conf.write_text("raise RuntimeError('broken on purpose')\n")
    try:
        docker("kill", stack.container("web"))
        began = time.monotonic()
        done = stack.smctl("up", "--json")
        assert time.monotonic() - began < 30
    finally:
        conf.write_text(good)
    assert done.code == 3
    error = done.json["error"]
    assert error["code"] == "service_failed" and "web" in error["message"]
    assert "broken on purpose" in error["why"] and error["fix"] == "smctl logs web"


def test_a_password_that_the_database_does_not_know_is_made_known_to_it(stack: DockerStack) -> None:
    write_row(stack, "before the password")
    env = stack.root / ".env"
    changed = [
        'POSTGRES_PASSWORD=it\'s "quite" new' if line.startswith("POSTGRES_PASSWORD=") else line
        for line in env.read_text().splitlines()
    ]
    env.write_text("\n".join(changed) + "\n")
    stack.up()
    assert "before the password" in rows(stack)


def test_an_interrupted_up_stops_what_it_had_started(stack: DockerStack) -> None:
    stack.down()
    running = processes.start("up", cwd=stack.root)
    eventually(lambda: stack.runs("db"), within=30, every=0.1)
    os.killpg(running.pid, signal.SIGINT)
    assert running.wait(timeout=60) == 130
    assert not any(stack.runs(service) for service in SERVICES)


def test_up_heals_whatever_a_kill_of_smctl_left_half_done(stack: DockerStack) -> None:
    write_row(stack, "before the kills")
    for moment in (0.15, 0.4, 0.6, 0.8, 1.0, 1.4, 2.0, 2.8, 3.6, 4.5):
        docker("rm", "--force", *stack.containers().values())
        running = processes.start("up", cwd=stack.root)
        time.sleep(moment)
        os.kill(running.pid, signal.SIGKILL)
        running.wait(timeout=10)
        stack.up()
    assert "before the kills" in rows(stack)


# -- the other verbs --


def test_run_passes_streams_environment_and_exit_status(stack: DockerStack) -> None:
    done = stack.smctl("run", "web", "--", "sh", "-c", "cat; echo $DJANGO_DEBUG >&2; exit 7", stdin="in\n")
    assert (done.code, done.out, done.err) == (7, "in\n", "True\n")
    assert stack.smctl("run", "redis", "--", "redis-cli", "ping").out == "PONG\n"


def test_logs_are_one_stream_in_the_order_of_their_time(stack: DockerStack) -> None:
    stack.get("/health/live")
    lines = stack.smctl("logs", "--tail", "20").out.splitlines()
    assert any("web" in line for line in lines) and any("worker" in line for line in lines)
    few = stack.smctl("logs", "--tail", "2", "web").out.splitlines()
    assert len(few) == 2


def test_followed_logs_arrive_live_also_from_a_container_that_was_restarted(stack: DockerStack) -> None:
    follower = processes.start("logs", "--follow", "--tail", "1", "web", cwd=stack.root)
    assert follower.stdout
    os.set_blocking(follower.stdout.fileno(), False)
    seen = b""

    def shown_after_asking_for(path: str) -> bool:
        nonlocal seen
        stack.get(path)
        with suppress(BlockingIOError):
            seen += os.read(follower.stdout.fileno(), 65536)  # type: ignore[union-attr]
        return path.encode() in seen

    try:
        eventually(lambda: shown_after_asking_for("/api/first-one/"), within=10, every=0.2)
        assert stack.smctl("restart", "web").code == 0
        eventually(lambda: shown_after_asking_for("/api/second-one/"), within=15, every=0.2)
    finally:
        follower.kill()
        follower.communicate()


def test_restart_starts_the_service_anew_and_returns_when_it_is_healthy(stack: DockerStack) -> None:
    before = {service: stack.inspect(service)["State"]["StartedAt"] for service in SERVICES}
    assert stack.smctl("restart", "worker").code == 0
    assert states(stack)["worker"] == ("running", "ok")
    after = {service: stack.inspect(service)["State"]["StartedAt"] for service in SERVICES}
    assert [service for service in SERVICES if before[service] != after[service]] == ["worker"]


def test_a_copy_of_the_folder_is_a_stack_of_its_own(stack: DockerStack) -> None:
    write_row(stack, "of the first")
    second = DockerStack(stack.root.parent / "copy")
    shutil.copytree(stack.root / ".smctl", second.root / ".smctl", dirs_exist_ok=True)
    shutil.copy(stack.root / ".env", second.root / ".env")
    try:
        second.up()
        second.name = next(
            line.partition("=")[2]
            for line in (second.root / ".env").read_text().splitlines()
            if line.startswith("COMPOSE_PROJECT_NAME=")
        )
        assert second.name != stack.name
        assert second.sql("select to_regclass('kept')") == ""
        assert second.get("/health").status == stack.get("/health").status == 200
        assert second.compose("exec", "-T", "web", "true").code == 0
    finally:
        second.clean()


def test_a_moved_folder_keeps_its_data(stack: DockerStack) -> None:
    write_row(stack, "before the move")
    moved = stack.root.parent / "moved shop"
    stack.root.rename(moved)
    stack.root = moved
    stack.up()
    assert "before the move" in rows(stack)


def test_data_survives_down_and_not_down_with_volumes(stack: DockerStack) -> None:
    write_row(stack, "before down")
    label = f"label=com.docker.compose.project={stack.name}"
    stack.down()
    assert docker("ps", "-aq", "--filter", label) == docker("network", "ls", "-q", "--filter", label) == ""
    stack.up()
    assert "before down" in rows(stack)
    stack.down("--volumes")
    assert docker("volume", "ls", "-q", "--filter", label) == ""


def test_another_postgres_major_is_refused_while_there_is_data(stack: DockerStack) -> None:
    config = stack.root / "smctl.toml"
    good = config.read_text()
    stack.down()
    config.write_text(good.replace('postgres = "18"', 'postgres = "17"'))
    stack.smctl("render", "docker-compose.yml")
    refused = stack.smctl("up", "--json")
    config.write_text(good)
    stack.smctl("render", "docker-compose.yml")
    assert refused.code == 4 and refused.error_code == "postgres_major"
    assert f"{stack.name}_db-18" in docker("volume", "ls", "-q")
