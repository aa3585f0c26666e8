"""A large seed against PostgreSQL's own COPY, and Django's bulk_create, of the same rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.parts import Parts
from bench.rows import Row
from bench.server import SHOP_TABLES, Server, superuser
from bench.stacks import Stacks
from smctl.project.project import Project

USERS, FEWER_USERS = 10_000, 1_000
MOST_ROUNDS = 3  # a round takes minutes
DEADLINE = 900.0  # seconds
SLOWEST = 2.0  # times as long as COPY: half its rate
MEMORY = 300e6  # bytes
EVERYTHING = ("accounts_business", "accounts_user", *SHOP_TABLES)

# A process counts the memory of the one that started it as its own, so a small one starts it.
SEED = """
import resource, subprocess, sys
subprocess.run([sys.executable, "manage.py", "seed_demo", "--json", *sys.argv[1:]], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""

# The rows of some shops, read, deleted, and written again with what Django has for that.
BULK_CREATE = """
import os, sys, time, django
os.environ["DJANGO_SETTINGS_MODULE"] = sys.argv[2]
django.setup()
from django.db import transaction
from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.transactions.models import Customer, Product, Transaction
with scope.every_business(), transaction.atomic():
    shops = list(Business.objects.order_by("id").values_list("id", flat=True)[:int(sys.argv[1])])
    models = (Product, Customer, Transaction)
    rows = [list(model.objects.filter(business__in=shops)) for model in models]
    for model in reversed(models):
        model.objects.filter(business__in=shops)._raw_delete("default")
    began = time.perf_counter()
    with transaction.atomic():
        for model, made in zip(models, rows):
            model.objects.bulk_create(made, batch_size=1000)
    print(sum(map(len, rows)), time.perf_counter() - began)
"""
SAMPLE_SHOPS = 100


@dataclass(frozen=True)
class Seeding:
    """One run of the command. seconds: from its first statement to what it says is there. memory: bytes."""

    seconds: float
    memory: float
    totals: dict[str, int]

    @property
    def rows(self) -> int:
        return sum(self.totals.values())


def run(stacks: Stacks, rounds: int) -> Iterator[Row]:
    stack = stacks.seeded
    stack.up()
    stack.down()
    many, few = list[Seeding](), list[Seeding]()
    copied, created = list[dict[str, float]](), list[float]()
    with Parts(stack) as parts:
        parts.start("db")
        parts.start("redis")
        with superuser(stack) as server:
            for _ in range(min(rounds, MOST_ROUNDS)):
                few.append(_seed(parts, server, FEWER_USERS))
                many.append(_seed(parts, server, USERS))
                copied.append(_copy(server, stack.root))
                created.append(_bulk_create(parts, stack.root, many[-1].rows))
    yield from _rows(many, few, copied, created)


def _rows(
    many: list[Seeding], few: list[Seeding], copied: list[dict[str, float]], created: list[float]
) -> Iterator[Row]:
    seconds, name = [one.seconds for one in many], f"seed --users={USERS}"
    rate = many[0].rows / sorted(seconds)[len(seconds) // 2]
    parts = {table.removeprefix("transactions_"): [one[table] for one in copied] for table in SHOP_TABLES}
    yield Row(
        name,
        seconds,
        "COPY of the same rows",
        [sum(one.values()) for one in copied],
        ratio_budget=SLOWEST,
        parts=parts,
        note=f"{many[0].rows} rows, {rate:.0f} a second",
    )
    yield Row(name, seconds, "COPY of its transactions only", parts["transaction"], ratio_budget=SLOWEST)
    yield Row(name, seconds, "bulk_create, from a sample", created)
    yield Row(
        f"{name}, peak memory",
        [one.memory for one in many],
        f"the same of {FEWER_USERS}",
        [one.memory for one in few],
        budget=MEMORY,
        unit="bytes",
    )


def _seed(parts: Parts, server: Server, users: int) -> Seeding:
    server.empty(EVERYTHING)
    document, memory = parts.python("-c", SEED, f"--users={users}", seconds=DEADLINE).splitlines()
    shown: dict[str, Any] = json.loads(document)
    assert shown["created"]["transactions"] == 100 * users, document
    return Seeding(shown["seconds"], float(memory), shown["totals"])


def _copy(server: Server, folder: Path) -> dict[str, float]:
    """The same rows into the same tables, with all their constraints and indexes: the seconds for each."""
    files = {table: folder / f"{table}.copy" for table in SHOP_TABLES}
    for table, file in files.items():
        server.dump(table, file)
    server.empty(SHOP_TABLES)
    return {table: server.copy(table, file) for table, file in files.items()}


def _bulk_create(parts: Parts, folder: Path, rows: int) -> float:
    """Seconds that so many rows would take, by those of some shops."""
    settings = f"{Project(folder).config.project.name}.settings"
    count, seconds = parts.python("-c", BULK_CREATE, str(SAMPLE_SHOPS), settings, seconds=DEADLINE).split()
    return float(seconds) * rows / int(count)
