# mypy: disable-error-code="import-not-found,import-untyped", disallow-subclassing-any=False
"""The tables of a registry of models, as documents; facts.py, two folders up, has the shapes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connections, models
from django.db.models.fields import NOT_PROVIDED

Document = dict[str, Any]

DATABASE = "default"
# This project's own constraints, each made by a statement of its own: what PostgreSQL makes of them.
OURS = {"SameTenant": "foreign key", "OwnerIsMember": "foreign key", "TenantPolicy": "policy"}
# What a constraint is, by the class of Django's that it is or descends from.
KINDS = {"UniqueConstraint": "unique", "CheckConstraint": "check", "ExclusionConstraint": "exclusion"}


def tables(registry: Any, *, managed: bool) -> Document:
    """The tables of a registry's models, many-to-many ones too. managed: only those that Django changes."""
    found: Document = {}
    for model in registry.get_models(include_auto_created=True, include_swapped=False):
        options = model._meta
        if options.proxy or (managed and not options.can_migrate(connections[DATABASE])):
            continue
        columns = {field.column: column(field) for field in options.local_concrete_fields}
        found[options.db_table] = {
            "model": options.label,
            "columns": columns,
            "constraints": {item.name: constraint(item, model) for item in options.constraints},
            "together": [_columns(model, names) for names in options.unique_together],
            "indexes": sorted(index.name for index in options.indexes),
        }
    return found


def column(field: Any) -> Document:
    """default: the database itself fills it. fills: it can be added to a table with rows."""
    connection = connections[DATABASE]
    parameters = field.db_parameters(connection)
    generated = bool(getattr(field, "generated", False))
    db_default = getattr(field, "db_default", NOT_PROVIDED) is not NOT_PROVIDED
    return {
        "field": field.name,
        "type": parameters["type"] or "",
        "check": str(parameters.get("check") or ""),
        "collation": str(parameters.get("collation") or ""),
        "null": field.null,
        "unique": field.unique,
        "generated": generated,
        "default": db_default or bool(field.db_type_suffix(connection)),
        "fills": field.null or generated or db_default or _has_default(field),
        "refers": _refers(field),
    }


def _has_default(field: Any) -> bool:
    """What BaseDatabaseSchemaEditor._effective_default finds something for."""
    empty = field.blank and field.empty_strings_allowed
    automatic = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return bool(field.has_default() or empty or automatic)


def _refers(field: Any) -> str:
    """The TABLE.COLUMN that a foreign key of the database refers to; empty where there is none."""
    if field.remote_field is None:
        return ""
    ours = (item for item in field.model._meta.constraints if type(item).__name__ in OURS)
    constrained = field.db_constraint or any(getattr(item, "field", "") == field.name for item in ours)
    target = field.target_field
    return f"{target.model._meta.db_table}.{target.column}" if constrained else ""


def constraint(item: Any, model: Any) -> Document:
    """digest: equal for equal constraints, whatever their names."""
    path, arguments, keywords = item.deconstruct()
    content = {
        key: value for key, value in keywords.items() if key not in ("name", "violation_error_message")
    }
    condition = getattr(item, "condition", None) or getattr(item, "check", None)
    is_check = isinstance(item, models.CheckConstraint)
    return {
        "kind": _kind(item),
        "class": path,
        "columns": _columns(model, getattr(item, "fields", ()) or (getattr(item, "field", None),)),
        "partial": bool(not is_check and (condition or getattr(item, "expressions", ()))),
        "nulls_distinct": getattr(item, "nulls_distinct", None) is not False,
        "leaves": _leaves(condition, model) if is_check else None,
        "digest": f"{path} {arguments} {content}",
    }


def _kind(item: Any) -> str:
    if type(item).__name__ in OURS:
        return OURS[type(item).__name__]
    if not type(item).create_sql.__module__.startswith("django."):
        return "other"
    return next((KINDS[base.__name__] for base in type(item).__mro__ if base.__name__ in KINDS), "other")


def _columns(model: Any, names: Iterable[str | None]) -> list[str]:
    """A name is kept where the field was renamed and the constraint waits for the next operation."""
    columns = {field.name: field.column for field in model._meta.local_concrete_fields}
    return [str(columns.get(name, name)) for name in names if name]


def _leaves(condition: Any, model: Any) -> list[Any] | None:
    """A condition that is nothing but AND of FIELD__LOOKUP=VALUE, as [column, lookup, value]; else None."""
    if not isinstance(condition, models.Q) or condition.negated:
        return None
    if condition.connector != models.Q.AND and len(condition.children) > 1:
        return None
    found: list[Any] = []
    for child in condition.children:
        if isinstance(child, models.Q):
            inner = _leaves(child, model)
            if inner is None:
                return None
            found += inner
            continue
        name, _, lookup = child[0].partition("__")
        if not _is_plain(child[1]) or "__" in lookup:
            return None
        found.append([*_columns(model, [name]), lookup or "exact", child[1]])
    return found


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | int | float)
