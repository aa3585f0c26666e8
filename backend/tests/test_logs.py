"""What is logged: one JSON object a line in production, with the request and the task, and no secret."""

import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import redis
from rest_framework.test import APIClient

from apps.auth.models import Business
from apps.core.log_context import LogContext, begin, bind, current, within
from apps.core.log_format import JsonFormatter, LineFormatter
from smartmarket.settings.observability import log_format
from tests.support.observed import QUEUE
from tests.support.processes import WORKER, WORKER_FLAGS, python, running, wait_until
from tests.support.web import Web, serving
from tests.test_settings import PRODUCTION

REQUEST_ID = "trace-0123456789"
PASSWORD = "hunter2-correct-horse"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJyYWhpbSJ9.c2lnbmF0dXJlLXNlY3JldA"
SECRETS = (PASSWORD, TOKEN, "c2lnbmF0dXJlLXNlY3JldA", "returned-by-the-task")


@pytest.fixture(autouse=True)
def no_context() -> Iterator[None]:
    with within(LogContext()):
        yield


def record(message: str = "hello %s", *arguments: object, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("tests", logging.INFO, __file__, 1, message, arguments, fields.pop("exc_info", None))  # type: ignore[arg-type]  # noqa: E501
    made.__dict__.update(fields)
    return made


def as_json(*arguments: Any, **fields: Any) -> dict[str, Any]:
    line = JsonFormatter().format(record(*arguments, **fields))
    assert "\n" not in line
    read: dict[str, Any] = json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    return read


def test_a_line_says_when_who_and_what() -> None:
    line = as_json("hello %s", "রহিম", created=0.5)
    assert line == {
        "time": "1970-01-01T00:00:00.500+00:00",
        "level": "INFO",
        "logger": "tests",
        "message": "hello রহিম",
    }


def test_a_line_carries_what_is_known_of_its_request() -> None:
    begin(LogContext(request_id=REQUEST_ID))
    bind(user_id=11)
    bind(business_id=7)
    line = as_json("x")
    assert (line["request_id"], line["business_id"], line["user_id"]) == (REQUEST_ID, 7, 11)
    begin(LogContext(request_id="another-request"))
    assert as_json("x").keys() & {"business_id", "user_id"} == set()


def test_what_a_block_is_about_ends_with_it() -> None:
    bind(business_id=7)
    with within(LogContext(task="tests", task_id="1")):
        assert current().business_id is None
        bind(business_id=8)
    assert current() == LogContext(business_id=7)


def test_what_is_logged_of_a_request_says_whose_it_was(
    shop: Business, shop_api: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.setFormatter(JsonFormatter())
    with caplog.at_level(logging.WARNING, logger="django.request"):
        assert shop_api.get("/api/products/999999/").status_code == 404
    line = json.loads(caplog.text)
    assert shop.user is not None
    assert (line["business_id"], line["user_id"]) == (shop.pk, shop.user.pk)


def test_an_exception_is_its_type_and_its_traceback() -> None:
    try:
        raise KeyError("sku")
    except KeyError:
        line = as_json("failed", exc_info=sys.exc_info())
    assert line["exception"]["type"] == "KeyError"
    assert line["exception"]["traceback"].startswith("Traceback (most recent call last)")
    assert line["exception"]["traceback"].endswith("KeyError: 'sku'")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (3, 3),
        (True, True),
        (None, None),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (Decimal("9.90"), "9.90"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02 00:00:00+00:00"),
        ("two\nlines \ud800", "two\nlines \ud800"),
    ],
)
def test_a_plain_extra_field_is_written(value: object, written: object) -> None:
    assert as_json("x", amount=value)["amount"] == written


@pytest.mark.parametrize("value", [{"password": PASSWORD}, [PASSWORD], object(), RuntimeError(PASSWORD)])
def test_an_extra_field_that_is_not_plain_is_left_out(value: object) -> None:
    assert "details" not in as_json("x", details=value)


def test_an_extra_field_never_replaces_what_the_line_is_about() -> None:
    begin(LogContext(request_id=REQUEST_ID))
    line = as_json("x", level="fake", time="fake", request_id="fake")
    assert (line["level"], line["request_id"]) == ("INFO", REQUEST_ID)


def test_an_extra_field_with_a_secret_name_is_redacted() -> None:
    assert as_json("x", refresh_token=TOKEN)["refresh_token"] == "[redacted]"


def test_a_developer_reads_a_line() -> None:
    begin(LogContext(request_id=REQUEST_ID))
    bind(business_id=7)
    line = LineFormatter().format(record("hello %s", "password=" + PASSWORD))
    assert line.endswith(f"INFO tests [{REQUEST_ID} business_id=7] hello password=[redacted]")


def test_a_line_outside_a_request_says_so() -> None:
    assert " tests [-] " in LineFormatter().format(record("x"))


def test_production_logs_json_and_a_developer_reads_lines_unless_told_otherwise() -> None:
    script = "import logging, django; django.setup(); logging.getLogger('tests').info('said')"

    def said(**changes: str) -> str:
        return python(
            "-c", script, env={**PRODUCTION, "DJANGO_SETTINGS_MODULE": "smartmarket.settings", **changes}
        ).stderr  # noqa: E501

    assert json.loads(said())["message"] == "said"
    assert said(DJANGO_DEBUG="true").endswith("INFO tests [-] said\n")
    assert said(DJANGO_LOG_FORMAT="line").endswith("INFO tests [-] said\n")
    assert json.loads(said(DJANGO_DEBUG="true", DJANGO_LOG_FORMAT="json"))["message"] == "said"


def test_a_format_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Exception, match="json or line, not 'xml'"):
        log_format("xml")


def test_a_warning_of_python_is_a_line_like_any_other() -> None:
    script = "import django, warnings; django.setup(); warnings.warn('old')"
    said = python("-c", script, env={**PRODUCTION, "DJANGO_SETTINGS_MODULE": "smartmarket.settings"}).stderr
    assert json.loads(said)["logger"] == "py.warnings"


@dataclass(frozen=True)
class Observed:
    """The project in production, with a worker, both writing to files."""

    web: Web
    web_log: Path
    worker_log: Path

    def post(self, path: str, body: object) -> Any:
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

    def work(self, task: str, **arguments: object) -> str:
        sent = self.post("/api/work/", {"task": f"observed.{task}", "arguments": arguments, "queue": QUEUE})
        assert sent.status == 200, sent.body
        identifier: str = sent.json["id"]
        return identifier


@pytest.fixture(scope="module")
def observed(
    env: dict[str, str], redis_client: redis.Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Observed]:
    logs = tmp_path_factory.mktemp("observed")
    own = {
        **env,
        "DJANGO_SETTINGS_MODULE": "tests.support.observed.settings",
        "DJANGO_DEBUG": "false",
        "DJANGO_SECRET_KEY": PRODUCTION["DJANGO_SECRET_KEY"],
        "DJANGO_ALLOWED_HOSTS": "api.example.com",
    }
    command = (*WORKER, *WORKER_FLAGS, "-Q", QUEUE, "-n", "observed-logs@tests")
    with running(*command, env=own, log=logs / "worker.log"), serving(own, logs / "web.log") as web:
        yield Observed(web, logs / "web.log", logs / "worker.log")


def lines(log: Path, **wanted: object) -> list[dict[str, Any]]:
    """Return the lines with these fields; every line is one JSON object."""
    read = [json.loads(line) for line in log.read_text().splitlines()]
    return [line for line in read if wanted.items() <= line.items()]


def wait_for_line(log: Path, **wanted: object) -> dict[str, Any]:
    wait_until(lambda: bool(lines(log, **wanted)), seconds=20)
    return lines(log, **wanted)[0]


def test_a_request_is_one_line_with_its_fields(observed: Observed) -> None:
    observed.web.ask("/api/%0Afake/?token=" + TOKEN, X_Forwarded_Proto="https", X_Request_ID=REQUEST_ID)
    line = wait_for_line(observed.web_log, logger="gunicorn.access", path="/api/%0Afake/")
    assert (line["method"], line["status"], line["request_id"]) == ("GET", 400, REQUEST_ID)
    assert isinstance(line["ms"], int)
    assert line["message"].startswith("GET /api/%0Afake/ 400 ")


def test_a_request_without_an_identifier_has_none_of_another(observed: Observed) -> None:
    observed.work("succeed")
    for _ in range(8):
        observed.web.ask("/health", method="POST")
    wait_until(lambda: len(lines(observed.web_log, path="/health", status=405)) == 8, seconds=5)
    probes = lines(observed.web_log, logger="gunicorn.access", path="/health")
    assert all("request_id" not in line and "business_id" not in line for line in probes)


def test_a_failed_login_leaves_its_trace_and_no_secret(observed: Observed) -> None:
    answer = observed.post("/api/login/", {"email": "rahim@example.com", "password": PASSWORD})
    assert answer.status == 500
    line = wait_for_line(observed.web_log, logger="django.request", level="ERROR")
    assert line["exception"]["type"] == "RuntimeError"
    assert (line["request_id"], line["business_id"], line["user_id"]) == (REQUEST_ID, 7, 11)
    access = wait_for_line(observed.web_log, logger="gunicorn.access", path="/api/login/")
    assert (access["status"], access["user_id"]) == (500, 11)


def test_a_task_logs_under_the_request_that_sent_it(observed: Observed) -> None:
    identifier = observed.work("log", business_id=42)
    line = wait_for_line(observed.worker_log, message="working")
    assert (line["request_id"], line["business_id"], line["rows"]) == (REQUEST_ID, 42, 3)
    assert (line["task"], line["task_id"]) == ("observed.log", identifier)
    end = wait_for_line(observed.worker_log, logger="celery.app.trace", task_id=identifier)
    assert (end["request_id"], end["business_id"]) == (REQUEST_ID, 42)


def test_a_task_that_a_task_sent_logs_under_the_same_request(observed: Observed) -> None:
    observed.work("send")
    line = wait_for_line(observed.worker_log, message="working again")
    assert (line["request_id"], line["task"]) == (REQUEST_ID, "observed.log_again")


def test_a_task_that_is_tried_again_logs_under_the_same_request(observed: Observed) -> None:
    identifier = observed.work("retry")
    line = wait_for_line(observed.worker_log, message="second time")
    assert (line["request_id"], line["task_id"]) == (REQUEST_ID, identifier)


def test_a_task_knows_nothing_of_the_one_before_it(observed: Observed) -> None:
    for number in range(4):
        observed.work("log", business_id=number)
    wait_until(lambda: len(lines(observed.worker_log, message="working")) >= 4, seconds=10)
    observed.work("send")
    wait_until(lambda: bool(lines(observed.worker_log, message="working again")), seconds=10)
    assert all("business_id" not in line for line in lines(observed.worker_log, message="working again"))


def test_a_killed_task_is_logged_under_its_request(observed: Observed) -> None:
    identifier = observed.work("die")
    line = wait_for_line(observed.worker_log, logger="celery.worker.request", task_id=identifier)
    assert (line["request_id"], line["task"]) == (REQUEST_ID, "observed.die")


def test_no_secret_is_in_any_log(observed: Observed) -> None:
    observed.post("/api/login/", {"password": PASSWORD, "token": TOKEN})
    observed.web.ask(f"/api/?password={PASSWORD}", X_Forwarded_Proto="https", Host="api.example.com")
    failed = observed.work("fail", password=PASSWORD, business_id=7)
    succeeded = observed.work("succeed")
    wait_for_line(observed.worker_log, level="ERROR", task_id=failed, business_id=7)
    wait_for_line(observed.worker_log, logger="celery.app.trace", task_id=succeeded)
    wait_for_line(observed.web_log, logger="django.request", level="ERROR")
    written = observed.web_log.read_text() + observed.worker_log.read_text()
    assert [secret for secret in SECRETS if secret in written] == []
    assert "[redacted]" in written
