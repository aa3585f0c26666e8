"""Why a deploy failed: what Render's events say of it, as one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from smctl.release.model import Deploy
from smctl.release.remotes.values import Event

AFTERWARDS = timedelta(minutes=1)  # that an event may come after the deploy it belongs to


def of_deploy(deploy: Deploy, events: Sequence[Event]) -> str:
    """Empty where the events do not say. events: oldest first, of the deploy's service."""
    during = [event for event in events if _during(event, deploy)]
    return _pull(during) or _pre_deploy(during, deploy) or _start(during, deploy)


def _during(event: Event, deploy: Deploy) -> bool:
    if deploy.finished_at is not None and event.timestamp > deploy.finished_at + AFTERWARDS:
        return False
    return event.details.get("deployId", deploy.id) == deploy.id and event.timestamp >= deploy.created_at


def _pull(events: Sequence[Event]) -> str:
    for event in _of_type(events, "image_pull_failed"):
        image, message = event.details.get("imageURL", ""), event.details.get("message", "")
        return f"The image {image} could not be pulled: {message or 'no reason was given'}."
    return ""


def _pre_deploy(events: Sequence[Event], deploy: Deploy) -> str:
    for event in _of_type(events, "pre_deploy_ended"):
        if event.details.get("preDeployStatus") == "failed":
            return f"The pre-deploy command {_failure(event.details) or 'failed'}."
    return ""


def _start(events: Sequence[Event], deploy: Deploy) -> str:
    for event in _of_type(events, "deploy_ended"):
        if event.details.get("deployStatus") == "canceled":
            return "The deploy was canceled."
        if why := _failure(event.details):
            return f"The new release {why}."
    for event in _of_type(events, "server_failed"):
        if why := _failure(event.details):
            return f"The new release {why}."
    return ""


def _of_type(events: Sequence[Event], kind: str) -> list[Event]:
    return [event for event in reversed(events) if event.type == kind]


def _failure(details: Mapping[str, Any]) -> str:
    """`failure` of a reason, as a predicate; a server_failed event has it without that key."""
    reason = details.get("reason")
    failure = reason.get("failure", reason) if isinstance(reason, dict) else None
    if not isinstance(failure, dict):
        return ""
    if failure.get("oomKilled"):
        return f"needed more memory than {failure['oomKilled'].get('memoryLimit', 'its limit')}"
    if failure.get("nonZeroExit"):
        return f"ended with exit status {failure['nonZeroExit']}"
    if failure.get("unhealthy"):
        return f"did not become healthy: {failure['unhealthy']}".rstrip(".")
    if failure.get("timedOutSeconds"):
        because = f" ({failure['timedOutReason']})" if failure.get("timedOutReason") else ""
        return f"was not done after {failure['timedOutSeconds']} s{because}"
    if failure.get("earlyExit"):
        return "ended by itself, without an error"
    return "was moved off its machine" if failure.get("evicted") else ""
