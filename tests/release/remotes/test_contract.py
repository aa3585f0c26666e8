"""Everything that our client sends to Render, and everything that the platform answers, is as Render says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from smctl.rehearsal.api import Api
from smctl.rehearsal.exchange import Answer, Asked
from smctl.rehearsal.faults import Rule
from smctl.rehearsal.platform import Platform
from smctl.release.remotes.render import Render
from tests.rehearsal.memory_runner import KEY, SOON, A, B, MemoryRunner, id_of, released, rolled_back
from tests.release.remotes.contract import DOCUMENT, RENDER, Contract, Exchange

pytestmark = pytest.mark.skipif(not DOCUMENT.exists(), reason="Render's OpenAPI document is not beside us")
HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract()


@pytest.fixture
def exchanges(api: Api, monkeypatch: pytest.MonkeyPatch) -> list[Exchange]:
    """What has been asked of the platform over HTTP, and answered."""
    seen: list[Exchange] = []
    answer: Callable[[Asked, str], tuple[Answer, Rule | None]] = api.answer

    def recorded(asked: Asked, authorization: str) -> tuple[Answer, Rule | None]:
        said, fault = answer(asked, authorization)
        seen.append(Exchange(asked, said))
        return said, fault

    monkeypatch.setattr(api, "answer", recorded)
    return seen


def _everything(platform: Platform, render: Render, runner: MemoryRunner) -> None:
    """Each call of the client at least once, with services, deploys and events of each kind."""
    web, worker = (id_of(platform, name) for name in ("web", "worker"))
    database = platform.databases.add("shop-db")
    old = released(platform, "web", A)
    released(platform, "worker", A)
    runner.missing.add(B)
    failed = released(platform, "web", B)
    runner.missing.clear()
    runner.codes["migrate"] = 1
    released(platform, "web", B)
    runner.codes.clear()
    runner.sick.add(B)
    unhealthy = render.start_deploy(web, B)
    assert unhealthy is not None
    render.start_deploy(web, A)
    render.cancel(web, unhealthy.id)
    platform.wait(render.deploys(web)[0].id, SOON)
    platform.wait(rolled_back(render, web, old.id).id, SOON)
    render.failure(web, render.deploy(web, failed.id))
    service = render.service(worker)
    render.set_image(service, A)
    render.set_auto_deploy(worker, True)
    render.set_variable(web, "NAME", "value")
    render.variables(web)
    render.remove_variable(web, "NAME")
    job = render.start_job(web, "true")
    platform.state.wait_for(lambda: bool(platform.state.jobs[job.id].finished_at), SOON)
    render.job(web, job.id)
    render.services()
    render.events(web, HOUR_AGO)
    render.log_lines(service.owner, [web, worker], since=HOUR_AGO, until=datetime.now(UTC), text="listening")
    render.databases()
    render.start_backup(database)
    platform.state.wait_for(lambda: "url" in platform.state.databases[database].backups[0], SOON)
    render.backups(database)
    render.recovery(database)


def test_every_request_of_the_client_and_its_answer_are_as_render_says(
    contract: Contract, exchanges: list[Exchange], platform: Platform, render: Render, runner: MemoryRunner
) -> None:
    _everything(platform, render, runner)
    assert [problem for each in exchanges for problem in contract.problems(each)] == []
    covered = {contract.covered(each) for each in exchanges}
    assert covered == {
        ("GET", "/services"),
        ("GET", "/services/{serviceId}"),
        ("PATCH", "/services/{serviceId}"),
        ("GET", "/services/{serviceId}/deploys"),
        ("POST", "/services/{serviceId}/deploys"),
        ("GET", "/services/{serviceId}/deploys/{deployId}"),
        ("POST", "/services/{serviceId}/deploys/{deployId}/cancel"),
        ("POST", "/services/{serviceId}/rollback"),
        ("GET", "/services/{serviceId}/env-vars"),
        ("PUT", "/services/{serviceId}/env-vars/{envVarKey}"),
        ("DELETE", "/services/{serviceId}/env-vars/{envVarKey}"),
        ("GET", "/services/{serviceId}/events"),
        ("POST", "/services/{serviceId}/jobs"),
        ("GET", "/services/{serviceId}/jobs/{jobId}"),
        ("GET", "/logs"),
        ("GET", "/postgres"),
        ("GET", "/postgres/{postgresId}/export"),
        ("POST", "/postgres/{postgresId}/export"),
        ("GET", "/postgres/{postgresId}/recovery"),
    }


def test_every_other_path_of_the_platform_is_as_render_says(
    contract: Contract, exchanges: list[Exchange], platform: Platform, http: httpx.Client
) -> None:
    web = id_of(platform, "web")
    database = platform.databases.add("shop-db")
    deploy = released(platform, "web", A)
    for method, path, body in (
        ("PUT", f"/services/{web}/env-vars", [{"key": "A", "value": "1"}]),
        ("GET", f"/services/{web}/env-vars/A", None),
        ("GET", f"/services/{web}/jobs", None),
        ("GET", f"/postgres/{database}", None),
        ("GET", f"/services/{web}/deploys?status=live&status=canceled&limit=1", None),
        ("GET", f"/services/{web}/deploys?createdAfter=2020-01-01T00:00:00Z", None),
        ("GET", "/services?name=web,worker&type=web_service", None),
        ("POST", f"/services/{web}/deploys", {}),
        ("GET", f"/services/{web}/events?type=deploy_ended", None),
        ("PATCH", f"/services/{web}", {"serviceDetails": {"healthCheckPath": "/", "plan": "pro"}}),
        ("GET", "/services/srv-aaaaaaaaaaaaaaaaaaaa", None),
        ("GET", f"/services/{web}/deploys/dep-aaaaaaaaaaaaaaaaaaaa", None),
        ("POST", f"/services/{web}/deploys/{deploy.id}/cancel", None),
        ("POST", f"/services/{web}/deploys", {"imageUrl": "docker.io/other/image:1"}),
        ("POST", f"/services/{web}/rollback", {"deployId": "dep-aaaaaaaaaaaaaaaaaaaa"}),
    ):
        http.request(method, path, json=body)
    assert [problem for each in exchanges for problem in contract.problems(each)] == []


@pytest.fixture
def http(api: Api) -> Iterator[httpx.Client]:
    """A client without any help."""
    with httpx.Client(
        base_url=api.url + RENDER, headers={"Authorization": f"Bearer {KEY}"}, trust_env=False
    ) as client:
        yield client


def test_faults_are_as_render_says(
    contract: Contract, exchanges: list[Exchange], platform: Platform, http: httpx.Client
) -> None:
    for status in (401, 429, 500, 503):
        platform.faults.add(Rule(status=status))
        http.get("/services")
    platform.faults.add(Rule(method="POST", empty_202=True))
    http.post(f"/services/{id_of(platform, 'web')}/deploys", json={})
    assert [each.answer.status for each in exchanges] == [401, 429, 500, 503, 202]
    assert [problem for each in exchanges for problem in contract.problems(each)] == []


def test_the_contract_sees_what_is_wrong(
    contract: Contract, exchanges: list[Exchange], platform: Platform, http: httpx.Client
) -> None:
    service = id_of(platform, "web")
    released(platform, "web", A)
    http.get("/services?colour=red")
    http.get("/services?limit=0")
    http.post(f"/services/{service}/deploys", json={"image": "x"})
    http.get("/colours")
    problems = [contract.problems(each) for each in exchanges]
    assert problems[0] == ["GET /services: no query parameter colour"]
    assert "less than the minimum" in problems[1][0]
    assert "body: no property image" in problems[2][0]
    assert problems[3] == ["GET /colours is not in the document"]
    http.get(f"/services/{service}")
    document = exchanges[-1].answer.body
    broken = replace(exchanges[-1].answer, body=document | {"autoDeploy": "maybe", "createdAt": "yesterday"})
    assert len(contract.problems(replace(exchanges[-1], answer=broken))) == 2
