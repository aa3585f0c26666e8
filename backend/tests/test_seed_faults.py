"""The command in processes of its own: killed, twice at once, and how much memory it takes."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection

from apps.auth.models import Business
from apps.core.locks import advisory_lock
from apps.core.start import START_LOCK
from apps.core.tenancy import scope
from tests.support.processes import BACKEND, python, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

USERS, BATCH = 400, 55
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


def seed(*arguments: str, env: dict[str, str]) -> dict[str, Any]:
    with seeding(*arguments, env=env) as process:
        return document(process)


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


def test_killed_at_any_moment_it_goes_on_where_it_was_and_nothing_is_half_done(env: dict[str, str]) -> None:
    for businesses in (0, 1, BATCH + 1):
        with seeding(f"--users={USERS}", env=env) as process:
            wait_until(lambda: Business.objects.count() >= businesses and holds_the_lock(), seconds=30)
            process.kill()
        assert incomplete() == 0
        assert Business.objects.count() < USERS, "it was over before it was killed"
    resumed = seed(f"--users={USERS}", env=env)
    assert 0 < resumed["created"]["businesses"] < USERS
    assert incomplete() == 0
    anew = seed(f"--users={USERS}", "--reset", env=env)
    assert anew["created"]["transactions"] == anew["totals"]["transactions"] == 100 * USERS
    assert anew["checksum"] == resumed["checksum"]


def holds_the_lock() -> bool:
    """Does the process seed already, or still start?"""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")
        return bool(cursor.fetchone() == (1,))


def test_killed_while_it_removes_the_next_run_has_it_right_again(env: dict[str, str]) -> None:
    whole = seed("--users=120", env=env)
    with seeding("--users=120", "--reset", env=env) as process:
        wait_until(lambda: Business.objects.count() < 120, seconds=30)
        process.kill()
    assert incomplete() == 0
    assert seed("--users=120", env=env)["checksum"] == whole["checksum"]


def test_two_at_once_make_what_one_makes(env: dict[str, str]) -> None:
    with seeding("--users=60", env=env) as one, seeding("--users=60", env=env) as other:
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
