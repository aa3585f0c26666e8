"""From a commit to production and back, on a rehearsed production: real images, real databases."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from smctl.release.refs import HOLD, LOCK, Refs, note
from tests import conftest, processes
from tests.rehearsal.shop import Shop
from tests.rehearsal.test_on_docker import REGISTRY, STARTS_REGISTRY

pytestmark = pytest.mark.docker

MODELS, MIGRATIONS = "backend/apps/transactions/models.py", "backend/apps/transactions/migrations"
FIELD = "models.CharField(max_length=20, null=True, editable=False)"
MIGRATION = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transactions", "{before}")]
    operations = [{operation}]
"""
ADD = f'migrations.AddField("product", "{{0}}", {FIELD})'
FORGET = (
    "migrations.SeparateDatabaseAndState("
    'state_operations=[migrations.RemoveField("product", "shelf_mark")])'
)
DROP = (
    'migrations.RunSQL("ALTER TABLE transactions_product DROP COLUMN shelf_mark", '
    '"ALTER TABLE transactions_product ADD COLUMN shelf_mark varchar(20) NULL")'
)


@pytest.fixture(scope="module", autouse=True)
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("machine")
    with pytest.MonkeyPatch.context() as patch:
        conftest.isolate(patch, folder)
        yield folder / "smctl"


@pytest.fixture(scope="module")
def shop(machine: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    if not STARTS_REGISTRY.exists():
        pytest.skip("../shared has no image registry to start")
    subprocess.run([STARTS_REGISTRY], check=True, capture_output=True, timeout=120)
    made = Shop.made(tmp_path_factory.mktemp("release") / "shop")
    assert processes.run("render", cwd=made.root).code == 0
    made.git("add", ".")
    made.commit("what smctl renders")
    try:
        started = made.rehearse("up", "--registry", REGISTRY, "--pace", "0.03", "--json")
        assert started.code == 0, started.out + started.err
        yield made
    finally:
        made.rehearse("down", "--volumes")


def change(shop: Shop, message: str, *, number: int, name: str, field: str | None, operation: str) -> str:
    """Commit a change of the model and its migration, and have its image built: the commit."""
    models = shop.root / MODELS
    lines = [line for line in models.read_text().splitlines() if "# added" not in line]
    place = lines.index("class Product(TenantModel):") + 3
    if field:
        lines.insert(place, f"    {field} = {FIELD}  # added")
    models.write_text("\n".join(lines) + "\n")
    folder = shop.root / MIGRATIONS
    before = sorted(path.stem for path in folder.glob("0*.py"))[-1]
    text = MIGRATION.format(before=before, operation=operation)
    (folder / f"{number:04}_{name}.py").write_text(text)
    shop.git("add", ".")
    sha = shop.commit(message)
    built = shop.rehearse("build", "--json")
    assert built.code == 0, built.err
    return sha


@pytest.fixture(scope="module")
def commits(shop: Shop) -> dict[str, str]:
    """A adds a column, B forgets it and adds another, C drops it."""
    return {
        "A": change(shop, "A", number=2, name="mark", field="shelf_mark", operation=ADD.format("shelf_mark")),
        "B": change(
            shop, "B", number=3, name="aisle", field="aisle", operation=f"{FORGET}, {ADD.format('aisle')}"
        ),
        "C": change(shop, "C", number=4, name="drop", field="aisle", operation=DROP),
    }


def told(shop: Shop, *words: str, code: int = 0) -> Any:
    done = shop.rehearse(*words, "--json")
    assert done.code == code, done.out + done.err
    return done.json


def names(document: dict[str, Any]) -> Sequence[str]:
    return [step["name"] for step in document["steps"]]


def live(shop: Shop) -> str:
    """By production's own word, and the same on both services."""
    shown = told(shop, "status", "--production")
    assert shown["healthy"] and {each["sha"] for each in shown["services"]} == {shown["release"]}
    return str(shown["release"])


@pytest.mark.timeout(600)
def test_releases_go_out_and_come_back_and_no_request_fails(shop: Shop, commits: dict[str, str]) -> None:
    api = ("deploy", "--via", "api")
    first = told(shop, *api, commits["A"])
    assert (first["status"], first["sha"]) == ("live", commits["A"])
    assert names(first) == ["lock", "deploy web", "deploy worker", "verify", "settle"]

    load = processes.start("rehearse", "load", "--rate", "40", "--seconds", "600", "--json", cwd=shop.root)
    planned = told(shop, *api, commits["B"], "--dry-run")
    done = told(shop, *api, commits["B"])
    assert names(planned) == names(done) and planned["status"] == "planned"
    assert told(shop, *api, commits["C"])["status"] == "live"

    # The worker of the next one fails after web went live: what was live is put back on both.
    shop.rehearse("fault", "service=worker", "deploy=crash")
    bad = shop.commit("D")
    assert shop.rehearse("build").code == 0
    failed = told(shop, *api, bad, code=1)
    assert failed["status"] == "failed" and "is live, as before" in failed["error"]["message"]
    assert names(failed)[-2:] == ["deploy worker", "restore"]
    assert live(shop) == commits["C"]
    shop.rehearse("fault", "clear")

    back = told(shop, "rollback", "--yes")
    assert (back["status"], back["sha"], back["rolled_back_from"]) == ("live", commits["B"], commits["C"])
    assert "reverse migrations" not in names(back)
    assert told(shop, *api, commits["C"], code=4)["error"]["code"] == "hold_refused"
    assert told(shop, *api, "--lift-hold", commits["C"])["status"] == "live"

    # A knows the column that C has dropped.
    further = told(shop, "rollback", "--yes", commits["A"][:8])
    assert (further["status"], further["sha"]) == ("live", commits["A"])
    assert names(further)[:4] == ["lock", "hold", "backup", "reverse migrations"]
    assert live(shop) == commits["A"]
    assert told(shop, *api, "--lift-hold", commits["C"], code=4)["error"]["code"] == "migrations_refused"

    load.send_signal(signal.SIGINT)
    out, _ = load.communicate(timeout=60)
    tally = json.loads(out)
    assert (tally["failed"], tally["errors"]) == (0, {}), tally


def test_what_went_out_is_listed_with_what_is_live(shop: Shop, commits: dict[str, str]) -> None:
    listed = told(shop, "releases")["releases"]
    assert [each["sha"] for each in listed if each["live"]] == [commits["A"]]
    assert listed[0]["trigger"] == "rollback" and listed[-1]["sha"] == commits["A"]
    assert {"sha", "image", "status", "created_at", "trigger", "live"} <= listed[0].keys()


def test_a_lock_that_somebody_holds_is_respected(shop: Shop, commits: dict[str, str]) -> None:
    notes = Refs(shop.root, str(shop.places.origin))
    assert notes.put(LOCK, note(commits["B"], "deploys"))
    refused = told(shop, "deploy", "--via", "api", "--lift-hold", commits["B"], code=4)
    assert refused["error"]["code"] == "lock_refused"
    found = notes.find(LOCK)
    assert found and notes.remove(LOCK, found.commit)


def test_wrong_words_change_nothing(shop: Shop, commits: dict[str, str]) -> None:
    for words, code, name in (
        (("rollback", "--yes", "0" * 12), 2, "no_release"),
        (("rollback", "--yes", commits["B"]), 4, "migrations_refused"),
        (("deploy", "nosuch"), 2, "no_commit"),
        (("deploy", "--via", "mail"), 2, "usage"),
        (("secrets", "set", "lower"), 2, "usage"),
        (("secrets", "sync"), 2, "no_file"),
    ):
        assert told(shop, *words, code=code)["error"]["code"] == name, words
    assert live(shop) == commits["A"]


def test_variables_are_set_and_never_shown(shop: Shop) -> None:
    (shop.root / ".env.production").write_text("SENTRY_DSN=https://secret@example.com/1\nMETRICS_TOKEN=\n")
    planned = shop.rehearse("secrets", "sync", "--dry-run", "--json")
    assert [change["name"] for change in planned.json["changes"]] == ["SENTRY_DSN", "SENTRY_DSN"]
    done = shop.rehearse("secrets", "sync")
    again = shop.rehearse("secrets", "sync", "--json")
    assert again.json == {"changes": [], "changed": False}
    listed = shop.rehearse("secrets")
    assert "SENTRY_DSN" in listed.out
    assert "secret@" not in planned.out + done.out + done.err + listed.out
    (shop.root / ".env.production").unlink()
    assert shop.rehearse("secrets", "rm", "SENTRY_DSN").code == 0
    assert "SENTRY_DSN" not in shop.rehearse("secrets").out


def test_a_revert_takes_the_bad_commit_out_of_the_branch(shop: Shop, commits: dict[str, str]) -> None:
    origin = str(shop.places.origin)
    # Not a push to main, which would deploy it.
    shop.git("push", "--quiet", origin, f"{commits['B']}:refs/heads/there")
    subprocess.run(["git", "--git-dir", origin, "update-ref", "refs/heads/main", commits["B"]], check=True)
    told(shop, "deploy", "--via", "api", "--lift-hold", commits["B"])
    assert told(shop, "rollback", code=4)["error"]["code"] == "not_confirmed"
    done = told(shop, "rollback", "--yes", "--revert")
    assert done["status"] == "live" and names(done)[-1] == "revert"
    shop.git("fetch", "--quiet", origin, "main")
    assert shop.git("log", "-1", "--format=%s", "FETCH_HEAD") == 'Revert "B"'
    assert shop.git("diff", "--stat", "FETCH_HEAD", commits["A"]) == ""
    assert Refs(shop.root, origin).find(HOLD) is None
