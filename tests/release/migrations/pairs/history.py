"""Squashes, merges, swapped dependencies, renamed migrations."""

from __future__ import annotations

from tests.release.migrations.pairs.columns import add
from tests.release.migrations.pairs.pair import Step, harmless, impossible, reversing

ID = '("id", models.BigAutoField(primary_key=True))'
INITIAL = Step(
    f'migrations.CreateModel("Thing", [{ID}, ("name", models.CharField(max_length=20)), '
    '("count", models.IntegerField(default=0))])'
)
NOTE = Step(add("note", "TextField(null=True)"), after=("0001_initial",))
SIZE = Step(add("size", "TextField(null=True)"), after=("0001_initial",))
STARS = Step(add("stars", "IntegerField(default=3)"), after=("0001_initial",))
THING = """
class Thing(models.Model):
    name = models.CharField(max_length=20)
    count = models.IntegerField(default=0)
    note = models.TextField(null=True)
"""
BOTH = f"{THING}    size = models.TextField(null=True)\n"


def squash(app: str, *names: str, more: str) -> Step:
    replaces = [(app, name) for name in names]
    operations = f"{INITIAL.operations}, {more}"
    return Step(operations, words=f"replaces = {replaces}")


PAIRS = [
    harmless(
        "squash_of_what_is_there",
        {
            "0001_squashed": squash(
                "squash_of_what_is_there", "0001_initial", "0002_note", more=NOTE.operations
            )
        },
        models=THING,
        older={"0001_initial": INITIAL, "0002_note": NOTE},
    ),
    reversing(
        "squash_of_more",
        {
            "0002_stars": STARS,
            "0001_squashed": squash("squash_of_more", "0001_initial", "0002_stars", more=STARS.operations),
        },
    ),
    harmless(
        "squash_taken_apart",
        {"0001_initial": INITIAL, "0002_note": NOTE},
        models=THING,
        removes=("0001_squashed",),
        older={
            "0001_squashed": squash("squash_taken_apart", "0001_initial", "0002_note", more=NOTE.operations)
        },
    ),
    harmless(
        "squash_alone",
        {"0001_squashed": squash("squash_alone", "0001_initial", "0002_note", more=NOTE.operations)},
        models=THING,
        older={"0001_initial": INITIAL, "0002_note": NOTE},
        removes=("0001_initial", "0002_note"),
    ),
    harmless(
        "merge",
        {"0002_size": SIZE, "0003_merge": Step("", after=("0002_note", "0002_size"))},
        models=THING,
        older={"0001_initial": INITIAL, "0002_note": NOTE},
    ),
    impossible(
        "merge_of_what_harms",
        {"0002_stars": STARS, "0003_merge": Step("", after=("0002_note", "0002_stars"))},
        models=THING,
        older={"0001_initial": INITIAL, "0002_note": NOTE},
    ),
    harmless(
        "swapped",
        {
            "0002_note": Step(NOTE.operations, after=("0003_size",)),
            "0003_size": Step(SIZE.operations, after=("0001_initial",)),
            "0004_mark": Step(add("mark", "TextField(null=True)"), after=("0002_note",)),
        },
        models=BOTH,
        older={
            "0001_initial": INITIAL,
            "0002_note": NOTE,
            "0003_size": Step(SIZE.operations, after=("0002_note",)),
        },
    ),
    reversing(
        "swapped_and_harmful",
        {
            "0002_note": Step(NOTE.operations, after=("0003_size",)),
            "0003_size": Step(SIZE.operations, after=("0001_initial",)),
            "0004_stars": Step(add("stars", "IntegerField(default=3)"), after=("0002_note",)),
        },
        models=BOTH,
        older={
            "0001_initial": INITIAL,
            "0002_note": NOTE,
            "0003_size": Step(SIZE.operations, after=("0002_note",)),
        },
        plan=("0002_note",),
    ),
    harmless(
        "renamed_with_replaces",
        {
            "0002_remark": Step(
                NOTE.operations, after=("0001_initial",), words='replaces = [(APP, "0002_note")]'
            )
        },
        models=THING,
        older={"0001_initial": INITIAL, "0002_note": NOTE},
        removes=("0002_note",),
    ),
    harmless(
        "changed_after_it_ran",
        {"0001_initial": Step(INITIAL.operations.replace("max_length=20", "max_length=10"))},
        older={"0001_initial": INITIAL},
    ),
    reversing(
        "three_in_a_row",
        {
            "0002_one": Step(add("one", "TextField(null=True)")),
            "0003_two": Step('migrations.RenameField("thing", "name", "title")'),
            "0004_three": Step(add("three", "IntegerField(default=3)")),
        },
        plan=("0002_one",),
    ),
]
