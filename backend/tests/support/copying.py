"""One process of a test run, as far as its database goes: `python -m tests.support.copying`.

Prints "migrated N" after the Nth app that it migrates, and "copy: " with what the statement gives there.
"""

import argparse
import itertools
import time
from typing import Any

import django

FOREVER = 3600.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--process", default="", help="its name with pytest-xdist, gw0")
    parser.add_argument("--rebuild", default="", help="the run that wants a new template")
    parser.add_argument("--halt-after", type=int, default=0, help="stand still after so many apps")
    parser.add_argument("--hold", action="store_true", help="stand still with the copy")
    parser.add_argument("--sql", default="SELECT current_database()")
    options = parser.parse_args()
    django.setup()
    migrate_aloud(options.halt_after)
    work(**vars(options))


def migrate_aloud(halt_after: int) -> None:
    from django.db.models.signals import post_migrate

    count = itertools.count(1)

    def say(**kwargs: Any) -> None:
        number = next(count)
        print("migrated", number, flush=True)
        if number == halt_after:
            time.sleep(FOREVER)

    post_migrate.connect(say, weak=False)


def work(*, process: str, rebuild: str, sql: str, hold: bool, **options: Any) -> None:
    from django.db import connection

    from tests.support.databases import copied_database

    if process:
        usual = connection.settings_dict["NAME"]
        connection.settings_dict["TEST"]["NAME"] = f"test_{usual}_{process}"
    with copied_database(rebuild=rebuild), connection.cursor() as cursor:
        cursor.execute(sql)
        print("copy:", cursor.fetchone()[0], flush=True)
        if hold:
            time.sleep(FOREVER)


if __name__ == "__main__":
    main()
