"""What PostgreSQL's own catalogue says about the tables of one schema (namespace)."""

from collections.abc import Iterable
from typing import Any

from django.db import connection

TABLES = "SELECT oid, relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'p')"

COLUMNS = """
SELECT relname, attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
       pg_get_expr(adbin, adrelid), attcollation::regcollation::text
FROM tables JOIN pg_attribute ON attrelid = tables.oid
LEFT JOIN pg_attrdef ON (adrelid, adnum) = (attrelid, attnum)
WHERE attnum > 0 AND NOT attisdropped
"""
INDEXES = """
SELECT relname, indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisvalid
FROM tables JOIN pg_index ON indrelid = tables.oid
"""
# PostgreSQL 18 lists NOT NULL here as well, under names that depend on how the column came to be.
CONSTRAINTS = """
SELECT relname, conname, pg_get_constraintdef(pg_constraint.oid), convalidated
FROM tables JOIN pg_constraint ON conrelid = tables.oid WHERE contype <> 'n'
"""
POLICIES = """
SELECT relname, polname, polcmd, polpermissive, polroles::text, pg_get_expr(polqual, polrelid),
       pg_get_expr(polwithcheck, polrelid)
FROM tables JOIN pg_policy ON polrelid = tables.oid
"""
TRIGGERS = """
SELECT relname, tgname FROM tables JOIN pg_trigger ON tgrelid = tables.oid WHERE NOT tgisinternal
"""
QUERIES = {
    "columns": COLUMNS,
    "indexes": INDEXES,
    "constraints": CONSTRAINTS,
    "policies": POLICIES,
    "triggers": TRIGGERS,
}


def rows(query: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def tables(schema: str = "public") -> set[str]:
    return {name for _, name in rows(TABLES, schema)}


def described(only: Iterable[str], schema: str = "public") -> dict[str, set[tuple[Any, ...]]]:
    """Return what belongs to the tables, by kind, without the schema's name."""
    wanted = set(only)
    return {
        what: {
            tuple(_bare(value, schema) for value in row)
            for row in rows(f"WITH tables AS ({TABLES}) {query}", schema)
            if row[0] in wanted
        }
        for what, query in QUERIES.items()
    }


def _bare(value: Any, schema: str) -> Any:
    return value.replace(f"{schema}.", "") if isinstance(value, str) else value
