"""One-off commands, databases and their backups."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from smctl.errors import RemoteFailed
from smctl.rehearsal.platform import Platform
from smctl.release.remotes.render import Render
from tests.rehearsal.memory_runner import SOON, A, B, MemoryRunner, id_of, released

HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)


def test_a_job_runs_in_the_image_of_the_latest_release_and_its_lines_are_under_its_id(
    platform: Platform, render: Render, runner: MemoryRunner
) -> None:
    service = id_of(platform, "web")
    released(platform, "web", A)
    job = render.start_job(service, "manage.py check")
    assert platform.state.wait_for(lambda: bool(platform.state.jobs[job.id].finished_at), SOON)
    after = render.job(service, job.id)
    assert (after.status, after.ended, after.command) == ("succeeded", True, "manage.py check")
    assert after.finished_at is not None
    lines = render.log_lines(render.service(service).owner, [job.id], since=HOUR_AGO)
    assert [line.message for line in lines] == ["running manage.py check"]


def test_a_job_that_ends_with_another_status_has_failed(
    platform: Platform, render: Render, runner: MemoryRunner
) -> None:
    service = id_of(platform, "web")
    released(platform, "web", A)
    runner.codes["false"] = 1
    job = render.start_job(service, "false")
    platform.state.wait_for(lambda: bool(platform.state.jobs[job.id].finished_at), SOON)
    assert render.job(service, job.id).status == "failed"


def test_without_a_release_there_is_nothing_to_run_a_job_in(platform: Platform, render: Render) -> None:
    with pytest.raises(RemoteFailed) as caught:
        render.start_job(id_of(platform, "web"), "true")
    assert "no successful build" in caught.value.why


def test_a_backup_is_listed_at_once_and_has_its_address_when_it_is_made(
    platform: Platform, render: Render
) -> None:
    made: list[str] = []

    def export() -> str:
        made.append("dump")
        return "https://example.com/dump?signature=secret"

    database = platform.databases.add("shop-db", export=export)
    assert [(each.id, each.status) for each in render.databases()] == [(database, "available")]
    render.start_backup(database)
    assert platform.state.wait_for(
        lambda: "url" in platform.state.databases[database].backups[0],
        SOON,
    )
    (backup,) = render.backups(database)
    assert made == ["dump"]
    assert backup.url.endswith("signature=secret")
    assert "signature" not in repr(backup)


def test_a_paid_database_can_be_recovered_and_a_free_one_cannot(platform: Platform, render: Render) -> None:
    paid, free = platform.databases.add("paid"), platform.databases.add("free", plan="free")
    assert render.recovery(paid).available
    assert render.recovery(paid).starts_at is not None
    assert not render.recovery(free).available
    with pytest.raises(RemoteFailed):
        render.start_backup(free)


def test_of_many_lines_the_last_ones_come_newest_last_across_pages(
    platform: Platform, render: Render
) -> None:
    service = id_of(platform, "web")
    write = platform.journal.writer(service, "instance")
    for number in range(250):
        write(f"line {number}")
    owner = render.service(service).owner
    lines = render.log_lines(owner, [service], since=HOUR_AGO, limit=230)
    assert [line.message for line in lines] == [f"line {number}" for number in range(20, 250)]
    found = render.log_lines(owner, [service], since=HOUR_AGO, text="LINE 24")
    assert [line.message for line in found] == ["line 24", *(f"line 24{number}" for number in range(10))]


def test_a_second_release_does_not_change_what_a_job_is_run_in_until_it_is_live(
    platform: Platform, render: Render, runner: MemoryRunner
) -> None:
    service = id_of(platform, "web")
    released(platform, "web", A)
    runner.missing.add(B)
    released(platform, "web", B)
    job = render.start_job(service, "env")
    platform.state.wait_for(lambda: bool(platform.state.jobs[job.id].finished_at), SOON)
    assert platform.state.jobs[job.id].status == "succeeded"
