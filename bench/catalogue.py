"""Everything that is measured, in the order in which it is, each with how."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench import commands, edit, health, lists, memory, seed, up_docker, up_embedded
from bench.rows import Row
from bench.stacks import Stacks


@dataclass(frozen=True)
class Measure:
    """name: for --only. how: one sentence for the page. run: takes the stacks and the number of rounds."""

    name: str
    how: str
    run: Callable[[Stacks, int], Iterator[Row]]


MEASURES = (
    Measure(
        "start",
        "`python -m smctl --version` and `--help` from start to exit, in turns with `python -c pass` "
        "of the same interpreter; ten of each a round.",
        commands.start,
    ),
    Measure(
        "status",
        "`smctl status` of a healthy embedded stack, in turns with `python -c pass`; ten of each a " "round.",
        commands.status,
    ),
    Measure(
        "again",
        "`smctl up` of an embedded stack that is healthy already, in turns with `python -c pass`; ten "
        "of each a round.",
        commands.again,
    ),
    Measure(
        "warm",
        "`smctl down`, then `smctl up --json` with the data there, which ends when the worker is ready "
        "and /health says so; in turns with its parts started by hand, one after the other and with "
        "the supervisor's own arguments: `python -c pass`, `postgres` until it accepts, "
        "`valkey-server` until PONG, gunicorn until /health/live answers, Celery until its heartbeat "
        "is in Redis. The critical path is the interpreter and the longest of the others, as if each "
        "had a core.",
        up_embedded.warm,
    ),
    Measure(
        "cold",
        "The same after the data folder was removed (packages stay installed); the parts are then also "
        "`initdb`, `postgres --single` creating the role, `psql` creating the database, and "
        "`manage.py prepare`, which migrates and seeds.",
        up_embedded.cold,
    ),
    Measure(
        "edit",
        "A constant in a view of the running private copy is changed on disk and the view asked every "
        "5 ms until it answers with the new value, then Redis until a new worker's heartbeat is there; "
        "in turns with `gunicorn --reload` started by hand, and with Celery's boot by hand.",
        edit.run,
    ),
    Measure(
        "memory",
        "The memory of every process of the embedded stack after its first requests and 3 s of rest. "
        "Resident counts a page in each process that maps it, proportional divides it among them.",
        memory.run,
    ),
    Measure(
        "health",
        "200 requests a second for 10 s over four kept-open connections, from when a request was due "
        "to the end of its answer; in turns with /health/live, which looks at no other service.",
        health.healthy,
    ),
    Measure(
        "frozen",
        "A service with all its processes gets SIGSTOP and /health is asked for 5 s; the figure is the "
        "slowest answer of all rounds.",
        health.hanging,
    ),
    Measure(
        "seed",
        "`seed_demo --users=10000` into empty tables, by its own clock, with counting and hashing what is "
        "there in the end; then its rows are written to files, the tables of products, customers and "
        "transactions emptied, and the files loaded with `COPY` by the superuser, whom row level security "
        "does not hold: the same tables with their constraints and indexes. `bulk_create` writes the rows "
        "of a hundred of the shops, a thousand at a time; its time is that, for all rows. Three rounds at "
        "most. Memory is the command's at its peak.",
        seed.run,
    ),
    Measure(
        "lists",
        "With those 10 000 shops in place, and one of them with 1 000 products, 2 500 customers and 60 000 "
        "sales: every list of the API (by its OpenAPI schema) and the dashboard, as the owner of that shop, "
        "from gunicorn on one core with DEBUG on; a hundred requests a round, one after the other, from each "
        "one to the end of its answer. Pages have 50 rows; the thousandth page, and the first one that it is "
        "compared with, have fewer where there would not be a thousand of them otherwise.",
        lists.run,
    ),
    Measure(
        "status-docker",
        "`smctl status` of a healthy stack on Docker, in turns with `docker ps`; ten of each a round.",
        commands.status_docker,
    ),
    Measure(
        "again-docker",
        "`smctl up` of a stack on Docker that is healthy already, in turns with `docker ps`; ten of "
        "each a round.",
        commands.again_docker,
    ),
    Measure(
        "docker",
        "`smctl up` in turns with `docker compose up -d --wait`: the same compose file, image, "
        "volumes, folder and ports, each after `docker compose down`.",
        up_docker.up,
    ),
)
