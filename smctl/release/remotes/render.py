"""Render, as far as a release needs it: https://api-docs.render.com/reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from smctl.release.model import Deploy, Service
from smctl.release.remotes import reading, reasons, values
from smctl.release.remotes.account import account
from smctl.release.remotes.http import PATIENCE, Http, OnWait, Query, silent

URL = "https://api.render.com/v1"
PAGE = 100  # the most that one answer holds
FEWEST_LOG_LINES = 20  # that one request may ask for


class Render:
    """Every call raises RequestFailed (exit status 5); see Http for what is asked again and what is not."""

    def __init__(self, http: Http) -> None:
        self._http = http

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str], *, on_wait: OnWait = silent, patience: float = PATIENCE
    ) -> Render:
        """RENDER_API_KEY and, for another host, RENDER_API_URL. Raises WrongUse where there is no key."""
        named = account(
            environ,
            "Render",
            url=URL,
            url_variable="RENDER_API_URL",
            key_variable="RENDER_API_KEY",
            where="https://dashboard.render.com/u/settings#api-keys",
        )
        return cls(Http(named, on_wait=on_wait, patience=patience))

    def __repr__(self) -> str:
        return f"Render({self._http.account.url})"

    def close(self) -> None:
        self._http.close()

    # -- services ---------------------------------------------------------------------------------------

    def services(self) -> list[Service]:
        """All that the key can see, previews left out."""
        query = [("includePreviews", "false")]
        return [reading.service(each) for each in self._pages("/services", "service", query)]

    def service(self, service_id: str) -> Service:
        return reading.service(self._get(f"/services/{service_id}"))

    def set_image(self, service: Service, image: str) -> Service:
        """Store the image that later deploys run unless they name another. Nothing is deployed by it."""
        body = {"image": {"ownerId": service.owner, "imagePath": image}}
        return reading.service(self._http.record("PATCH", f"/services/{service.id}", body=body))

    def set_auto_deploy(self, service_id: str, on: bool) -> Service:
        body = {"autoDeploy": "yes" if on else "no"}
        return reading.service(self._http.record("PATCH", f"/services/{service_id}", body=body))

    # -- deploys ----------------------------------------------------------------------------------------

    def deploys(self, service_id: str, *, limit: int = 100) -> list[Deploy]:
        """Newest first, by when they were asked for."""
        pages = self._pages(f"/services/{service_id}/deploys", "deploy", limit=limit)
        return sorted(map(reading.deploy, pages), key=lambda each: each.created_at, reverse=True)

    def deploy(self, service_id: str, deploy_id: str) -> Deploy:
        return reading.deploy(self._get(f"/services/{service_id}/deploys/{deploy_id}"))

    def start_deploy(self, service_id: str, image: str) -> Deploy | None:
        """Deploy an image of the service's own repository. None: it waits behind another deploy, and its id
        is not told. Where RequestFailed is `unsure`, look at the deploys before asking again."""
        started = self._http.record_or_none(
            "POST", f"/services/{service_id}/deploys", body={"imageUrl": image}
        )
        return None if started is None else reading.deploy(started)

    def roll_back(self, service_id: str, deploy_id: str) -> Deploy | None:
        """Run again what an earlier deploy ran, with its variables; a new deploy with an id of its own. None
        and RequestFailed as with start_deploy."""
        started = self._http.record_or_none(
            "POST", f"/services/{service_id}/rollback", body={"deployId": deploy_id}
        )
        return None if started is None else reading.deploy(started)

    def cancel(self, service_id: str, deploy_id: str) -> Deploy:
        return reading.deploy(self._http.record("POST", f"/services/{service_id}/deploys/{deploy_id}/cancel"))

    def failure(self, service_id: str, deploy: Deploy) -> str:
        """Why a deploy failed, in one sentence; empty where its events do not say."""
        return reasons.of_deploy(deploy, self.events(service_id, deploy.created_at - timedelta(minutes=1)))

    # -- what happened ----------------------------------------------------------------------------------

    def events(self, service_id: str, since: datetime) -> list[values.Event]:
        """Oldest first."""
        query = [("startTime", values.written(since))]
        pages = self._pages(f"/services/{service_id}/events", "event", query)
        return sorted(map(reading.event, pages), key=lambda each: each.timestamp)

    def log_lines(
        self,
        owner: str,
        service_ids: Sequence[str],
        *,
        since: datetime,
        until: datetime | None = None,
        limit: int = 100,
        text: str = "",
    ) -> list[values.LogLine]:
        """The last `limit` lines of these services (or jobs) in that time, newest last."""
        query: list[tuple[str, str | int]] = [("ownerId", owner), ("direction", "backward")]
        query += [("resource", each) for each in service_ids]
        query += [("text", text)] if text else []
        span = (values.written(since), values.written(until) if until else "")
        newest: dict[str, values.LogLine] = {}  # by id: two pages share the lines of one moment
        while len(newest) < limit:
            size = min(max(limit - len(newest), FEWEST_LOG_LINES), PAGE)
            page = self._get("/logs", [*query, *_span(span), ("limit", size)])
            before = len(newest)
            newest |= {each["id"]: reading.log_line(each) for each in page.get("logs") or []}
            if not page.get("hasMore") or len(newest) == before:
                break
            span = (page["nextStartTime"], page["nextEndTime"])
        oldest_first = reversed(newest.values())  # those of one moment as well
        return sorted(oldest_first, key=lambda line: line.timestamp)[-limit:]

    # -- variables --------------------------------------------------------------------------------------

    def variables(self, service_id: str) -> values.Variables:
        """The service's own, without those of groups that are linked to it."""
        pages = self._pages(f"/services/{service_id}/env-vars", "envVar")
        return values.Variables({each["key"]: each["value"] for each in pages})

    def set_variable(self, service_id: str, key: str, value: str) -> None:
        """One variable; the others stay. It holds from the next deploy on."""
        path = f"/services/{service_id}/env-vars/{quote(key, safe='')}"
        self._http.request("PUT", path, body={"value": value}, secret=value)

    def remove_variable(self, service_id: str, key: str) -> None:
        """Nothing where there is none."""
        path = f"/services/{service_id}/env-vars/{quote(key, safe='')}"
        self._http.request("DELETE", path, expected=(404,))

    # -- jobs and databases -----------------------------------------------------------------------------

    def start_job(self, service_id: str, command: str) -> values.Job:
        body = {"startCommand": command}
        return reading.job(self._http.record("POST", f"/services/{service_id}/jobs", body=body))

    def job(self, service_id: str, job_id: str) -> values.Job:
        return reading.job(self._get(f"/services/{service_id}/jobs/{job_id}"))

    def databases(self) -> list[values.Database]:
        return [reading.database(each) for each in self._pages("/postgres", "postgres")]

    def start_backup(self, postgres_id: str) -> None:
        self._http.request("POST", f"/postgres/{postgres_id}/export")

    def backups(self, postgres_id: str) -> list[values.Backup]:
        """Newest first."""
        made = map(reading.backup, self._http.records(f"/postgres/{postgres_id}/export"))
        return sorted(made, key=lambda each: each.created_at, reverse=True)

    def recovery(self, postgres_id: str) -> values.Recovery:
        return reading.recovery(self._get(f"/postgres/{postgres_id}/recovery"))

    # -- reading ----------------------------------------------------------------------------------------

    def _get(self, path: str, query: Query = ()) -> Any:
        return self._http.record("GET", path, query=query)

    def _pages(self, path: str, key: str, query: Query = (), *, limit: int | None = None) -> Iterator[Any]:
        """Every item of a list, however many pages; at most `limit`."""
        left = limit if limit is not None else PAGE * PAGE
        cursor = ""
        while left > 0:
            size = min(left, PAGE)
            after = [("cursor", cursor)] if cursor else []
            page = self._http.records(path, query=[*query, ("limit", size), *after])
            yield from (each.get(key, each) for each in page)
            left -= len(page)
            following = page[-1].get("cursor", "") if page else ""
            if len(page) < size or not following or following == cursor:
                return
            cursor = following


def _span(span: tuple[str, str]) -> list[tuple[str, str | int]]:
    named = [("startTime", span[0]), ("endTime", span[1])]
    return [(name, value) for name, value in named if value]
