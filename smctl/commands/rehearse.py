from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

from smctl.commands.invocation import Invocation
from smctl.errors import NotHealthy, WrongUse, did_you_mean
from smctl.output import Output, seconds, table

if TYPE_CHECKING:
    import typer

# Options of the verb that is rehearsed come here unread.
CONTEXT = {"ignore_unknown_options": True}
STEP = re.compile(r"#\d+ (\[(?!internal\]).*)")  # of a build, as `docker build --progress=plain` says it
# How the platform behaves; everything else is about a single fault.
BEHAVIOUR = ("policy", "retained", "rollback_stops_auto_deploy")
REHEARSED = ("deploy", "rollback", "releases", "secrets", "logs", "health", "status")


def rehearse(
    ctx: typer.Context,
    action: Annotated[str, typer.Argument(help="up, down, status, build, fault, load, or a verb.")] = "up",
    arguments: Annotated[list[str] | None, typer.Argument(help="What that takes.")] = None,
    registry: Annotated[str, typer.Option(help="up: where images go, HOST:PORT.", metavar="HOST:PORT")] = "",
    pace: Annotated[
        float | None, typer.Option(min=0.001, max=1, help="up: 1 is as slow as Render; default: 0.1.")
    ] = None,
    volumes: Annotated[bool, typer.Option("--volumes", help="down: remove all of it.")] = False,
    rate: Annotated[float, typer.Option(min=0.1, max=2000, help="load: requests a second.")] = 100.0,
    duration: Annotated[float, typer.Option("--seconds", min=0.1, help="load: for how long.")] = 60.0,
) -> int:
    """A production on this machine, to rehearse a release, its migrations and its rollback.

    \b
    up, down, status       start it in the background; stop it; what runs where
    build [SHA]            build and push the image of a commit
    load [PATH]            a steady load through the proxy, and how many requests failed
    fault [KEY=VALUE]...   what goes wrong from now on; `fault clear` ends it
    VERB [ARGS]...         deploy, rollback, releases, secrets, logs, health, status --production: there

    Example: smctl rehearse deploy --via api
    """
    call: Invocation = ctx.obj
    words = list(arguments or ())
    own: dict[str, Callable[[], int]] = {
        "up": lambda: _up(call, registry, pace),
        "down": lambda: _down(call, volumes),
        "status": lambda: _status(call),
        "build": lambda: _build(call, "".join(words[:1])),
        "fault": lambda: _fault(call, words),
        "load": lambda: _load(call, "".join(words[:1]), rate, duration),
    }
    if action in REHEARSED and (action != "status" or words):
        _rehearsed(call, action, words)
    if action not in own:
        known = sorted({*own, *REHEARSED})
        raise WrongUse(
            "usage",
            f"{action} cannot be rehearsed.",
            why=f"known: {', '.join(known)}",
            fix=did_you_mean(action, known) or "smctl rehearse --help",
        )
    most = {"build": 1, "load": 1, "fault": len(words)}.get(action, 0)
    if len(words) > most or any(word.startswith("-") for word in words):
        raise WrongUse("usage", f"rehearse {action} does not take {words[-1]}.", fix="smctl rehearse --help")
    return own[action]()


def _up(call: Invocation, registry: str, pace: float | None) -> int:
    from smctl.rehearsal import lifecycle

    began = time.perf_counter()
    lifecycle.up(call.project, registry=registry, pace=pace, say=call.out.progress)
    shown = lifecycle.status(call.project) | {"seconds": round(time.perf_counter() - began, 3)}
    following = [
        ["smctl rehearse deploy", "what is checked out: push, image, release"],
        ["smctl rehearse load", "requests while you do it, in another terminal"],
        ["smctl rehearse rollback", "and back"],
    ]
    call.out.data(shown, "\n".join([_shown(shown), "", "  next:", table(following, indent="    ")]))
    return 0


def _down(call: Invocation, volumes: bool) -> int:
    from smctl.rehearsal import lifecycle

    began = time.perf_counter()
    there = lifecycle.down(call.project, data=volumes)
    took = time.perf_counter() - began
    what = "Stopped, and all of it removed" if volumes else "Stopped; its data is kept"
    call.out.data(
        {"stopped": there, "data_removed": volumes, "seconds": round(took, 3)},
        f"{what} ({seconds(took)})." if there else "There was no rehearsal.",
    )
    return 0


def _status(call: Invocation) -> int:
    from smctl.rehearsal import lifecycle

    shown = lifecycle.status(call.project)
    call.out.data(shown, _shown(shown))
    return 0


def _shown(shown: dict[str, Any]) -> str:
    urls, places = shown["urls"], shown["ports"]
    rows = [
        ["production", urls["production"]],
        ["platforms", f"{urls['api']}  (Render, GitHub, Vercel)"],
        ["git remote", shown["remote"]],
        ["images", shown["image"]],
        ["database", f"127.0.0.1:{places['db']}  (password: .smctl/rehearsal/secrets.json)"],
    ]
    rows += [[service["name"], service["image"] or "nothing is live yet"] for service in shown["services"]]
    rows += [
        [f"run {run['id']}", f"{run['head_sha'][:12]} {run['conclusion'] or run['status']}"]
        for run in shown["runs"]
    ]
    rows += [["fault", json.dumps(fault)] for fault in shown["faults"]]
    return table(rows)


def _build(call: Invocation, typed: str) -> int:
    from smctl.rehearsal import lifecycle

    began = time.perf_counter()
    call.out.progress(f"Building the image of {typed or 'HEAD'} …")

    def say(line: str) -> None:
        if step := STEP.match(line):
            call.out.progress(f"  {step[1]}")
        else:
            call.out.detail(line)

    sha, name = lifecycle.image(call.project, typed, say=say)
    took = time.perf_counter() - began
    document = {"sha": sha, "image": name, "seconds": round(took, 3)}
    call.out.data(
        document, f"{name} is in the registry ({seconds(took)}). → smctl rehearse deploy {sha[:12]}"
    )
    return 0


def _fault(call: Invocation, words: list[str]) -> int:
    from smctl.rehearsal import client, lifecycle
    from smctl.rehearsal.places import Places

    places = Places.of(call.project)
    lifecycle.running(places)
    clear = words == ["clear"]
    given = {} if clear else dict(map(_pair, words))
    behave = {key: given.pop(key) for key in BEHAVIOUR if key in given}
    request = {"do": "faults", "clear": clear, "add": [given] if given else [], "behave": behave}
    answer = client.ask(places, request) or {}
    if "wrong" in answer:
        raise WrongUse("wrong_fault", f"That is no fault: {answer['wrong']}.", fix="smctl rehearse fault")
    rows = [f"  {json.dumps(rule)}" for rule in answer["faults"]]
    example = "smctl rehearse fault method=POST path=/deploys status=500"
    call.out.data(answer, "\n".join(rows) or f"Nothing goes wrong. → {example}")
    return 0


def _pair(word: str) -> tuple[str, Any]:
    """A number, true or a JSON object as such, anything else as text."""
    key, equals, value = word.partition("=")
    if not equals:
        raise WrongUse("wrong_fault", f"{word} is not KEY=VALUE.", fix="smctl rehearse fault status=500")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def _load(call: Invocation, path: str, rate: float, duration: float) -> int:
    from smctl.rehearsal import lifecycle, load, production
    from smctl.rehearsal.places import Places

    kept = lifecycle.running(Places.of(call.project))
    url = kept.production_url + (path or production.HEALTH_PATH)

    def say(tally: load.Tally, at: float) -> None:
        call.out.progress(f"  {at:4.0f} s  {tally.requests} requests, {tally.failed} failed")

    call.out.progress(f"{rate:g} requests a second to {url} for {duration:g} s.")
    tally = load.run(url, rate=rate, seconds=duration, say=say)
    shown = {"url": url, "rate": rate, **tally.as_document()}
    call.out.data(shown, _load_text(call.out, shown))
    return 1 if tally.failed else 0


def _load_text(out: Output, shown: dict[str, Any]) -> str:
    latency = ", ".join(f"{name} {value} ms" for name, value in shown["latency_ms"].items())
    rows = [["requests", f"{shown['requests']}, {shown['failed']} failed"], ["latency", latency]]
    rows += [[f"status {status}", str(count)] for status, count in shown["statuses"].items()]
    rows += [[name, str(count)] for name, count in shown["errors"].items()]
    rows += [
        [f"release {each['release'][:12]}", f"{each['requests']}, from {each['from']} s to {each['to']} s"]
        for each in shown["releases"]
    ]
    return table(rows)


def _rehearsed(call: Invocation, verb: str, words: list[str]) -> NoReturn:
    """Become that verb, in an environment in which production is the rehearsal."""
    from smctl.rehearsal import lifecycle, settings
    from smctl.rehearsal.places import Places

    places = Places.of(call.project)
    told = settings.environment(places, lifecycle.running(places))
    flags = {"--json": call.out.as_json, "--quiet": call.out.quiet, "--verbose": call.out.verbose}
    given = [flag for flag, is_given in flags.items() if is_given]
    argv = [sys.executable, "-P", "-m", "smctl", "--project", str(call.directory), *given, verb, *words]
    if verb in ("logs", "health") and "--production" not in words:
        argv.append("--production")
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.flush()
    try:
        os.execve(sys.executable, argv, {**os.environ, **told})
    except OSError as error:
        raise NotHealthy("no_python", "smctl cannot start itself.", why=str(error)) from error
