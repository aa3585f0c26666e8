"""What our client makes of Render's JSON, also of what it does not know."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smctl.release.model import Deploy
from smctl.release.remotes import reading, reasons, values

SHA = "a" * 40


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T10:00:00.123456Z", datetime(2026, 11, 22, 10, 0, 0, 123456, UTC)),
        ("2026-11-22T10:00:00.12Z", datetime(2026, 11, 22, 10, 0, 0, 120000, UTC)),
        ("2026-11-22T10:00:00Z", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("2026-11-22T10:00:00.123456789Z", datetime(2026, 11, 22, 10, 0, 0, 123456, UTC)),
        ("2026-11-22T12:00:00+02:00", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("2026-11-22T10:00:00", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("soon", datetime(1970, 1, 1, tzinfo=UTC)),
        (None, datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_moments_have_any_number_of_digits_and_always_a_zone(text: object, moment: datetime) -> None:
    assert values.moment(text) == moment


def test_a_deploy_of_an_image_knows_its_commit_by_its_tag() -> None:
    deploy = reading.deploy(
        {
            "id": "dep-1",
            "commit": None,
            "image": {"ref": f"ghcr.io/o/shop:sha-{SHA}", "sha": "sha256:1"},
            "status": "live",
            "trigger": "api",
            "createdAt": "2026-11-22T10:00:00Z",
            "finishedAt": None,
        }
    )
    assert (deploy.sha, deploy.succeeded, deploy.finished_at) == (SHA, True, None)


def test_an_unknown_status_goes_on_and_unknown_or_missing_fields_do_not_matter() -> None:
    deploy = reading.deploy({"id": "dep-1", "status": "verifying", "new": {"field": 1}})
    assert (deploy.status, deploy.ended, deploy.image, deploy.sha) == ("verifying", False, "", "")


@pytest.mark.parametrize(
    ("document", "on"),
    [
        ({"autoDeploy": "yes"}, True),
        ({"autoDeploy": "no"}, False),
        ({"autoDeploy": "yes", "autoDeployTrigger": "off"}, False),
        ({"autoDeploy": "no", "autoDeployTrigger": "checksPass"}, True),
        ({}, False),
    ],
)
def test_whether_a_service_deploys_by_itself_is_what_its_newer_field_says(
    document: dict[str, str], on: bool
) -> None:
    assert reading.service(document).auto_deploys is on


@pytest.mark.parametrize(
    ("kind", "ours"),
    [("web_service", "web"), ("background_worker", "worker"), ("cron_job", "other"), ("workflow", "other")],
)
def test_kinds_that_are_not_known_are_other(kind: str, ours: str) -> None:
    assert reading.service({"type": kind}).kind == ours


def test_variables_show_their_names_only() -> None:
    variables = values.Variables({"B": "secret", "A": "hidden"})
    assert repr(variables) == str(variables) == f"{variables}" == "Variables(A, B)"
    assert dict(variables) == {"A": "hidden", "B": "secret"}


# -- why a deploy failed ----------------------------------------------------------------------------------

START = datetime(2026, 11, 22, 10, tzinfo=UTC)
DEPLOY = Deploy("dep-1", "update_failed", "api", "shop:1", START, START.replace(minute=5))


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        ({"evicted": False, "nonZeroExit": 3}, "The new release ended with exit status 3."),
        ({"oomKilled": {"memoryLimit": "512Mi"}}, "The new release needed more memory than 512Mi."),
        ({"unhealthy": "no answer"}, "The new release did not become healthy: no answer."),
        (
            {"timedOutSeconds": 900, "timedOutReason": "no port"},
            "The new release was not done after 900 s (no port).",
        ),
        ({"timedOutSeconds": 900}, "The new release was not done after 900 s."),
        ({"earlyExit": True}, "The new release ended by itself, without an error."),
        ({"evicted": True}, "The new release was moved off its machine."),
        ({"evicted": False}, ""),
        ({"somethingNew": True}, ""),
        ("not even an object", ""),
    ],
)
def test_each_reason_is_a_sentence_and_an_unknown_one_is_none(failure: object, sentence: str) -> None:
    event = _event(
        "deploy_ended", {"deployId": "dep-1", "deployStatus": "failed", "reason": {"failure": failure}}
    )
    assert reasons.of_deploy(DEPLOY, [event]) == sentence


def test_a_server_that_failed_meanwhile_is_the_reason_where_the_deploy_itself_gives_none() -> None:
    ended = _event("deploy_ended", {"deployId": "dep-1", "deployStatus": "failed", "reason": {}}, minute=4)
    failed = _event("server_failed", {"reason": {"evicted": False, "nonZeroExit": 1}}, minute=3)
    assert reasons.of_deploy(DEPLOY, [failed, ended]) == "The new release ended with exit status 1."


@pytest.mark.parametrize(
    "event",
    [("dep-2", 3), ("dep-1", 30)],
    ids=["of another deploy", "long after"],
)
def test_events_of_another_deploy_or_of_another_time_are_not_its_reason(event: tuple[str, int]) -> None:
    deploy_id, minute = event
    reason = {"failure": {"nonZeroExit": 1}}
    other = _event("deploy_ended", {"deployId": deploy_id, "reason": reason}, minute=minute)
    assert reasons.of_deploy(DEPLOY, [other]) == ""


def _event(kind: str, details: dict[str, object], *, minute: int = 5) -> values.Event:
    return values.Event("evt-1", kind, START.replace(minute=minute), details)
