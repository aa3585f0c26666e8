"""SQL by its shape: what is known is decided, and whatever else there is, is not."""

from __future__ import annotations

import pytest

from smctl.release.migrations import statements
from smctl.release.migrations.column_types import widens
from smctl.release.migrations.facts import Column, Constraint, Table

COLUMN = Column(
    "name", "text", "", "", null=True, unique=False, generated=False, default=False, fills=True, refers=""
)
CHECK = Constraint("check", "Check", (), False, True, None, "")
KNOWN = {"thing": Table("shop.Thing", {"id": COLUMN, "name": COLUMN}, {"few": CHECK}, (), ("by_name",))}


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE INDEX CONCURRENTLY i ON thing (name);",
        "-- a word before\nCREATE INDEX i ON thing (name)",
        "ALTER TABLE thing VALIDATE CONSTRAINT few",
        'ALTER TABLE ONLY public."thing" ALTER COLUMN "name" SET DEFAULT \'x\'',
        "COMMENT ON TABLE thing IS 'of all sorts'",
        "SET lock_timeout = '3s'",
        "CREATE TABLE IF NOT EXISTS other (id int, name text NOT NULL)",
        "DROP TABLE other",
        "ALTER TABLE thing ADD COLUMN note text",
        "ALTER TABLE thing ADD COLUMN price numeric(9, 2) NOT NULL DEFAULT 0",
        "ALTER TABLE thing DROP COLUMN IF EXISTS note",
        "ALTER TABLE thing DROP CONSTRAINT few",
        "DROP INDEX CONCURRENTLY IF EXISTS by_name",
        "ALTER TABLE other ALTER COLUMN x SET NOT NULL",
    ],
)
def test_what_the_older_code_cannot_notice_is_harmless(statement: str) -> None:
    found = statements.finding(statement, KNOWN)
    assert found and found.verdict == "harmless"


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE thing ADD COLUMN note text NOT NULL",
        "ALTER TABLE thing DROP COLUMN name",
        "ALTER TABLE thing RENAME name TO title",
        "ALTER TABLE thing RENAME TO article",
        "ALTER TABLE public.thing ALTER name SET NOT NULL",
        "ALTER TABLE thing ADD CONSTRAINT more CHECK (id > 0)",
        'ALTER TABLE "Thing" DROP COLUMN "Name"',
        "DROP TABLE thing",
    ],
)
def test_what_the_older_code_asks_for_or_may_violate_is_not(statement: str) -> None:
    found = statements.finding(statement, KNOWN)
    assert found and found.verdict == "needs reversing"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE thing SET name = 'x'",
        "SELECT do_something()",
        "CREATE UNIQUE INDEX i ON thing (name)",
        "CREATE TRIGGER t BEFORE INSERT ON thing EXECUTE FUNCTION f()",
        "ALTER TABLE thing ADD COLUMN note text, DROP COLUMN name",
        "ALTER TABLE thing ADD COLUMN code text UNIQUE",
        "ALTER TABLE thing ALTER name SET DEFAULT 'x', ALTER name SET NOT NULL",
        "ALTER TABLE thing DROP COLUMN note CASCADE",
        "ALTER TABLE thing ALTER name TYPE integer USING name::integer",
        "CREATE TABLE thing (id int)",
        "DROP INDEX somebody_elses",
        "CREATE INDEX i ON thing (name); DROP TABLE thing",
        "DO $$ BEGIN EXECUTE 'DROP TABLE thing'; END $$",
        "ALTER TABLE thing ENABLE ROW LEVEL SECURITY",
    ],
)
def test_of_what_has_another_shape_nobody_can_tell(statement: str) -> None:
    assert statements.finding(statement, KNOWN) is None


def test_only_statements_that_change_rows_are_taken_for_a_backfill() -> None:
    assert statements.changes_rows("-- fill\n  Update thing SET name = 'x'")
    assert not statements.changes_rows("ALTER TABLE thing DROP COLUMN name")


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("integer", "bigint"),
        ("smallint", "integer"),
        ("varchar(10)", "varchar(20)"),
        ("varchar(10)", "varchar"),
        ("varchar(10)", "text"),
        ("numeric(6, 2)", "numeric(9, 2)"),
        ("jsonb", "jsonb"),
    ],
)
def test_a_wider_type_takes_what_the_narrower_took_and_not_the_other_way_round(
    narrow: str, wide: str
) -> None:
    assert widens(narrow, wide)
    assert widens(wide, narrow) is (narrow == wide)


@pytest.mark.parametrize(
    ("one", "other"),
    [("integer", "text"), ("numeric(6, 2)", "numeric(9, 4)"), ("date", "timestamp"), ("text", "jsonb")],
)
def test_types_that_read_or_compare_otherwise_widen_neither_way(one: str, other: str) -> None:
    assert not widens(one, other) and not widens(other, one)
