"""Functions, SQL and operations of one's own."""

from __future__ import annotations

from tests.release.migrations.pairs.pair import CRUD, Step, harmless, impossible, reversing

SHOUT = """
def shout(apps, editor):
    for thing in apps.get_model(APP, "Thing").objects.all():
        thing.name = thing.name.upper()
        thing.save()
def whisper(apps, editor):
    for thing in apps.get_model(APP, "Thing").objects.all():
        thing.name = thing.name.lower()
        thing.save()
def nothing(apps, editor):
    "It does nothing that anybody can see."
"""
FILL = """
def fill(apps, editor):
    apps.get_model(APP, "Thing").objects.update(note="filled")
"""
OWN = """
class Own(migrations.operations.base.Operation):
    reversible = {}
    def state_forwards(self, app_label, state): pass
    def database_forwards(self, app_label, editor, before, after):
        editor.execute("ALTER TABLE %s_thing ALTER count {}" % app_label)
    def database_backwards(self, app_label, editor, before, after):
        editor.execute("ALTER TABLE %s_thing ALTER count {}" % app_label)
    def describe(self): return "Our own"
"""
READS_LOWER = CRUD + "assert {row.name for row in Thing.objects.all()} == {'first', 'second'}\n"
NOT_NULL_SQL = (
    "ALTER TABLE {0}_thing ADD COLUMN stars integer NOT NULL DEFAULT 1; "
    "ALTER TABLE {0}_thing ALTER COLUMN stars DROP DEFAULT"
)
RENAME_SQL = "ALTER TABLE {0}_thing RENAME COLUMN {1} TO {2}"


def one(operations: str, head: str = "", words: str = "") -> dict[str, Step]:
    return {"0002_newer": Step(operations, head=head, words=words)}


def sql(forwards: str, backwards: str | None = None) -> str:
    return f"migrations.RunSQL({forwards!r}, {backwards!r})"


PYTHON = [
    reversing("python_both_ways", one("migrations.RunPython(shout, whisper)", SHOUT), use=READS_LOWER),
    reversing(
        "python_that_does_not_matter",
        one("migrations.RunPython(nothing, nothing)", SHOUT),
        use=READS_LOWER,
        too_strict="what a function does, nobody can tell from outside; its author can declare it",
    ),
    impossible("python_one_way", one("migrations.RunPython(shout)", SHOUT), use=READS_LOWER),
    impossible(
        "python_one_way_that_does_not_matter",
        one("migrations.RunPython(nothing)", SHOUT),
        use=READS_LOWER,
        too_strict="what a function does, nobody can tell from outside; its author can declare it",
    ),
    harmless(
        "python_backfill",
        {
            "0002_add": Step('migrations.AddField("thing", "note", models.TextField(null=True))'),
            "0003_fill": Step("migrations.RunPython(fill, migrations.RunPython.noop)", head=FILL),
        },
    ),
    harmless("python_noop", "migrations.RunPython(migrations.RunPython.noop)"),
    harmless(
        "python_declared",
        one(
            "migrations.RunPython(nothing)",
            SHOUT,
            'harmless_to_the_release_before = "it writes nothing that the release before reads"',
        ),
        use=READS_LOWER,
    ),
    reversing(
        "declared_against_the_evidence",
        one(
            'migrations.RenameField("thing", "name", "title")',
            words='harmless_to_the_release_before = "surely nobody minds"',
        ),
    ),
    impossible(
        "blocked_by_a_later_one",
        {
            "0002_add": Step('migrations.AddField("thing", "stars", models.IntegerField(default=3))'),
            "0003_after": Step(
                "migrations.RunPython(nothing)",
                head=SHOUT,
                words='harmless_to_the_release_before = "it does nothing"',
            ),
        },
    ),
]

SQL = [
    harmless(
        "sql_index", sql("CREATE INDEX sql_by_count ON sql_index_thing (count)", "DROP INDEX sql_by_count")
    ),
    harmless("sql_column", sql("ALTER TABLE sql_column_thing ADD COLUMN note text DEFAULT 'x' NOT NULL")),
    reversing(
        "sql_column_not_null",
        sql(
            NOT_NULL_SQL.format("sql_column_not_null"),
            "ALTER TABLE sql_column_not_null_thing DROP COLUMN stars",
        ),
        too_strict="",
    ),
    reversing(
        "sql_rename",
        sql(
            RENAME_SQL.format("sql_rename", "name", "title"), RENAME_SQL.format("sql_rename", "title", "name")
        ),
    ),
    impossible("sql_rename_in_vain", sql(RENAME_SQL.format("sql_rename_in_vain", "name", "title"), "")),
    impossible("sql_rename_one_way", sql(RENAME_SQL.format("sql_rename_one_way", "name", "title"))),
    reversing(
        "sql_rows",
        sql("UPDATE sql_rows_thing SET name = upper(name)", "UPDATE sql_rows_thing SET name = lower(name)"),
        use=READS_LOWER,
    ),
    impossible(
        "sql_rows_one_way", sql("UPDATE sql_rows_one_way_thing SET name = upper(name)"), use=READS_LOWER
    ),
    harmless("sql_backfill", sql("UPDATE sql_backfill_thing SET count = count + 1", "")),
    reversing(
        "sql_trigger",
        sql(
            "CREATE RULE nobody AS ON DELETE TO sql_trigger_thing DO INSTEAD NOTHING",
            "DROP RULE nobody ON sql_trigger_thing",
        ),
        use=f"{CRUD}assert not Thing.objects.filter(name='pear')\n",
    ),
    reversing(
        "sql_constraint",
        sql(
            "ALTER TABLE sql_constraint_thing ADD CONSTRAINT few CHECK (count < 100) NOT VALID",
            "ALTER TABLE sql_constraint_thing DROP CONSTRAINT few",
        ),
        use=f"{CRUD}Thing.objects.create(name='many', count=100)\n",
    ),
    harmless("sql_nothing", sql("", "")),
]

UNKNOWN = [
    reversing(
        "own_operation",
        one("Own()", OWN.format(True, "TYPE text", "TYPE integer USING count::integer")),
    ),
    impossible("own_operation_one_way", one("Own()", OWN.format(False, "TYPE text", "TYPE integer"))),
    reversing(
        "own_operation_that_does_not_matter",
        one("Own()", OWN.format(True, "SET STATISTICS 50", "SET STATISTICS 10")),
        too_strict="nobody knows what an operation of one's own does; its author can declare it",
    ),
]

PAIRS = [*PYTHON, *SQL, *UNKNOWN]
