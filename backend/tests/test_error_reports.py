"""What Sentry is told, by real processes with the real SDK: what broke and where, and no secret."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import redis

from apps.core.log_context import LogContext, bind, within
from tests.support.observed import QUEUE
from tests.support.processes import WORKER, WORKER_FLAGS, python, running, wait_until
from tests.support.sentry import Sentry, listening
from tests.support.web import Answer, Web, serving
from tests.test_settings import PRODUCTION

REQUEST_ID = "trace-0123456789"
PASSWORD = "hunter2-correct-horse"
TOKEN = "opaque-token-0123456789"


@dataclass(frozen=True)
class Observed:
    web: Web
    sentry: Sentry

    def post(self, path: str, body: object) -> Answer:
        return self.web.ask(
            path,
            method="POST",
            body=json.dumps(body),
            Host="api.example.com",
            Content_Type="application/json",
            X_Forwarded_Proto="https",
            X_Request_ID=REQUEST_ID,
            Authorization=f"Bearer {TOKEN}",
            Cookie=f"sessionid={PASSWORD}",
        )

    def event(self, **tags: str) -> dict[str, Any]:
        """Return the first event that has these tags, once it is there."""

        def found() -> list[dict[str, Any]]:
            return [event for event in self.sentry.events if tags.items() <= event["tags"].items()]

        wait_until(lambda: bool(found()), seconds=20)
        return found()[0]


@pytest.fixture(scope="module")
def observed(
    env: dict[str, str], redis_client: redis.Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Observed]:
    logs = tmp_path_factory.mktemp("reported")
    with listening() as sentry:
        own = {
            **env,
            **{name: PRODUCTION[name] for name in ("DJANGO_SECRET_KEY", "DJANGO_ALLOWED_HOSTS")},
            "DJANGO_DEBUG": "false",
            "DJANGO_SETTINGS_MODULE": "tests.support.observed.settings",
            "SENTRY_DSN": sentry.dsn,
            "SENTRY_ENVIRONMENT": "staging",
        }
        command = (*WORKER, *WORKER_FLAGS, "-Q", QUEUE, "-n", "observed-reports@tests")
        with running(*command, env=own, log=logs / "worker.log"), serving(own, logs / "web.log") as web:
            yield Observed(web, sentry)


def test_an_error_in_a_view_is_reported_with_its_request_and_without_its_secrets(observed: Observed) -> None:
    body = {"email": "rahim@example.com", "password": PASSWORD, "nested": [{"refresh_token": TOKEN}]}
    assert observed.post("/api/login/?token=" + TOKEN, body).status == 500
    event = observed.event(request_id=REQUEST_ID, business_id="7")
    assert (event["release"], event["environment"]) == ("0123abc", "staging")
    assert event["exception"]["values"][0]["type"] == "RuntimeError"
    assert event["user"] == {"id": "11"}
    request = event["request"]
    assert request["method"] == "POST"
    assert request["data"]["email"] == "rahim@example.com"
    assert request["data"]["password"] == "[redacted]"
    assert request["headers"]["Authorization"] == "[redacted]"
    assert request.get("cookies") in (None, "[redacted]")


def test_an_error_in_a_task_is_reported_under_the_request_that_sent_it(observed: Observed) -> None:
    sent = observed.post(
        "/api/work/", {"task": "observed.fail", "arguments": {"password": PASSWORD}, "queue": QUEUE}
    )
    event = observed.event(task="observed.fail")
    assert event["tags"]["request_id"] == REQUEST_ID
    assert event["tags"]["task_id"] == sent.json["id"]
    assert event["exception"]["values"][0]["type"] == "ValueError"


def test_a_task_whose_process_was_killed_is_reported(observed: Observed) -> None:
    sent = observed.post("/api/work/", {"task": "observed.die", "arguments": {}, "queue": QUEUE})
    event = observed.event(task_id=sent.json["id"])
    assert event["exception"]["values"][0]["type"] == "WorkerLostError"


def test_no_secret_was_sent(observed: Observed) -> None:
    everything = "\n".join(observed.sentry.envelopes)
    assert everything
    assert [secret for secret in (PASSWORD, TOKEN) if secret in everything] == []


def test_a_web_process_with_sentry_starts_without_celery_and_redis() -> None:
    script = (
        "import smartmarket.wsgi, sys;"
        "print([name for name in ('sentry_sdk', 'celery', 'redis') if name in sys.modules])"
    )
    env = {**PRODUCTION, "SENTRY_DSN": "https://key@sentry.example.com/1"}
    assert python("-c", script, env=env).stdout.strip() == "['sentry_sdk']"


@pytest.mark.parametrize("path", ["/health", "/health/", "/health/live", "/metrics"])
def test_what_machines_ask_all_the_time_is_not_reported(path: str) -> None:
    from apps.core.error_reports import before_send

    assert before_send({"request": {"url": f"https://api.example.com{path}"}}, {}) is None
    assert before_send({"request": {"url": f"https://api.example.com/api{path}"}}, {}) is not None


def test_an_error_outside_a_request_is_reported_too() -> None:
    from apps.core.error_reports import before_send

    with within(LogContext()):
        bind(business_id=3)
        event = before_send({"message": f"password={PASSWORD}", "tags": {"own": "kept"}}, {})
    assert event is not None
    assert event["message"] == "password=[redacted]"
    assert event["tags"] == {"own": "kept", "business_id": "3"}
