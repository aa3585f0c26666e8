"""The command in processes of its own: killed, twice at once, and how much memory it takes."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from apps.auth.models import Business
from apps.core.locks import advisory_lock
from apps.core.start import START_LOCK
from apps.core.tenancy import scope
from tests.support.processes import BACKEND, python, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

USERS, BATCH = "--users=60", 55
FEW = ("--products=3", "--customers=3", "--transactions=3")
SHOPS = "(SELECT count(*) FROM accounts_business)"
PAUSE = 4_711
# A process counts the memory of the one that started it as its own, so a small one starts it.
PEAK_MEMORY = """
import resource, subprocess, sys
subprocess.run([sys.executable, "manage.py", "seed_demo", "--json", *sys.argv[1:]], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
PEAK_MEMORY_UNIT = 1 if sys.platform == "darwin" else 1024
INCOMPLETE = """
SELECT count(*) FROM accounts_business shop WHERE
    (SELECT count(*) FROM transactions_product WHERE business_id = shop.id) <> 30
    OR (SELECT count(*) FROM transactions_customer WHERE business_id = shop.id) <> 50
    OR (SELECT count(*) FROM transactions_transaction WHERE business_id = shop.id) <> 100
    OR NOT EXISTS (SELECT FROM accounts_user WHERE business_id = shop.id AND id = shop.user_id)
"""


@pytest.fixture(autouse=True)
def development(settings: Settings) -> None:
    settings.DEBUG = True


@contextmanager
def seeding(*arguments: str, env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Run the command beside the test; at the end of the block it is gone."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "seed_demo", "--json", *arguments],
        cwd=BACKEND,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def document(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    shown: dict[str, Any] = json.loads(out)
    return shown


def seed(*arguments: str) -> dict[str, Any]:
    """Run the command in this process."""
    output = StringIO()
    call_command("seed_demo", "--json", *arguments, stdout=output)
    shown: dict[str, Any] = json.loads(output.getvalue())
    return shown


@dataclass(frozen=True)
class Measured:
    """memory: in bytes, at its peak."""

    memory: int
    seconds: float
    progress: list[str]


def measured(*arguments: str, env: dict[str, str]) -> Measured:
    outcome = python("-c", PEAK_MEMORY, *arguments, env=env)
    assert outcome.returncode == 0, outcome.stderr
    shown, peak = outcome.stdout.splitlines()
    memory = int(peak) * PEAK_MEMORY_UNIT
    return Measured(memory, json.loads(shown)["seconds"], outcome.stderr.splitlines())


def incomplete() -> int:
    """Return how many shops lack something."""
    with scope.every_business(), connection.cursor() as cursor:
        cursor.execute(INCOMPLETE)
        return int((cursor.fetchone() or (0,))[0])


@contextmanager
def pausing(event: str, *, once: str) -> Iterator[None]:
    """Have whoever does `event` (such as INSERT ON some_table) wait until the block ends, once that holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [PAUSE])
        cursor.execute(f"""
            CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF {once} THEN PERFORM pg_advisory_xact_lock({PAUSE}); END IF;
                RETURN NULL;
            END $$;
            CREATE TRIGGER pause BEFORE {event} FOR EACH STATEMENT EXECUTE FUNCTION pause()
        """)
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [PAUSE])
            cursor.execute("DROP FUNCTION pause() CASCADE")


def paused() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE objid = %s AND NOT granted", [PAUSE])
        return bool(cursor.fetchone() == (1,))


def killed_at(event: str, *arguments: str, once: str, env: dict[str, str]) -> None:
    with pausing(event, once=once), seeding(*arguments, env=env) as process:
        wait_until(paused, seconds=30)
        process.kill()
    # The server notices that its client is gone once it may go on.
    with advisory_lock(START_LOCK, wait_seconds=30):
        pass


@pytest.mark.parametrize("table", ["accounts_user", "transactions_customer", "transactions_transaction"])
def test_killed_in_a_batch_it_leaves_those_before_it_and_nothing_half_done(
    table: str, env: dict[str, str]
) -> None:
    killed_at(f"INSERT ON {table}", USERS, once=f"{SHOPS} > {BATCH}", env=env)
    assert Business.objects.count() == BATCH
    assert incomplete() == 0
    resumed = seed(USERS)
    assert resumed["created"]["businesses"] == 60 - BATCH
    assert incomplete() == 0
    anew = seed(USERS, "--reset")
    assert anew["created"] == anew["totals"] == resumed["totals"]
    assert anew["checksum"] == resumed["checksum"]


def test_killed_in_the_first_batch_it_leaves_nothing(env: dict[str, str]) -> None:
    killed_at("INSERT ON transactions_product", USERS, once="true", env=env)
    assert Business.objects.count() == 0


def test_killed_while_it_removes_it_leaves_whole_shops_and_the_next_run_adds_the_others(
    env: dict[str, str],
) -> None:
    whole = seed("--users=120", *FEW)
    killed_at("DELETE ON accounts_user", "--users=120", *FEW, "--reset", once=f"{SHOPS} < 120", env=env)
    assert Business.objects.count() == 20
    assert seed("--users=120", *FEW)["checksum"] == whole["checksum"]


def test_two_at_once_make_what_one_makes(env: dict[str, str]) -> None:
    with seeding(USERS, env=env) as one, seeding(USERS, env=env) as other:
        shown = [document(one), document(other)]
    assert sorted(seeded["created"]["businesses"] for seeded in shown) == [0, 60]
    assert shown[0]["checksum"] == shown[1]["checksum"]
    assert incomplete() == 0


def test_it_waits_for_a_start_that_migrates(env: dict[str, str]) -> None:
    with seeding("--users=1", env=env) as process:
        with advisory_lock(START_LOCK, wait_seconds=10):
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(1.5)
            assert Business.objects.count() == 0
        assert document(process)["totals"]["businesses"] == 1


def test_a_large_seed_takes_no_more_memory_than_a_small_one_and_says_how_far_it_is(
    env: dict[str, str],
) -> None:
    one, many = (measured(f"--users={users}", env=env) for users in (1, 400))
    assert many.memory < 120e6
    assert many.memory - one.memory < 12e6
    assert len(many.progress) <= 2 * many.seconds
    for line in many.progress:
        assert re.fullmatch(r"seed: \d+ of 400 businesses, \d+00 transactions, \d+ rows/s", line)
