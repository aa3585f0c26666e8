"""What PostgreSQL itself holds between businesses, declared in `Meta.constraints` and so in migrations."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS

from apps.core.constraints import StatementConstraint
from apps.core.tenancy.scope import EVERY

SETTING = "app.business_id"
NOBODY = "0"
"""What the setting holds when no business is in scope; no business has this id."""


class SameTenant(StatementConstraint):
    """The row that `field` refers to belongs to the same business: FOREIGN KEY (business_id, FIELD).

    Not even raw SQL can make a reference across businesses. The other table needs a UniqueConstraint on
    (business, id), made before this. IMMEDIATE, so that the error comes with the INSERT, where it can still
    be told; deferrable, so that a cascade may delete in any order. The field has `db_constraint=False`, or
    PostgreSQL would check twice.
    """

    def __init__(self, *, field: str, name: str) -> None:
        super().__init__(name=name, violation_error_message="There is no such row.")
        self.field = field

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        field, quote = model._meta.get_field(self.field), schema_editor.quote_name
        remote = field.related_model._meta
        business = quote(model._meta.get_field("business").column)
        return (
            f"ALTER TABLE {quote(model._meta.db_table)} ADD CONSTRAINT {quote(self.name)} "
            f"FOREIGN KEY ({business}, {quote(field.column)}) "
            f"REFERENCES {quote(remote.db_table)} ({business}, {quote(remote.pk.column)}) "
            "DEFERRABLE INITIALLY IMMEDIATE"
        )

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = DEFAULT_DB_ALIAS) -> None:
        field = model._meta.get_field(self.field)
        referred = getattr(instance, field.attname)
        if referred is None or (exclude and self.field in exclude):
            return
        rows = field.related_model._base_manager.using(using)
        if not rows.filter(pk=referred, business_id=instance.business_id).exists():
            raise ValidationError({self.field: self.violation_error_message}, code="invalid")

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        path, _, _ = super().deconstruct()
        return path, (), {"field": self.field, "name": self.name}


class TenantPolicy(StatementConstraint):
    """Row level security: a session sees and writes the rows of the business it works for.

    The policy holds once `row_security` has switched it on for the table. SETTING is what
    `smartmarket.database` tells the session; unset, no row is seen. Each sub-select is evaluated once a
    query, not once a row.

    CASE rather than OR, for the planner's sake. Queries name the business too, and the planner takes the two
    for independent: by an OR it expects less than one row in a hundred of those there are, and sorts fifty
    thousand sales to show a page of them. By a CASE, of which it knows nothing, it expects half.
    """

    def __init__(self, *, name: str) -> None:
        super().__init__(name=name)

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        quote = schema_editor.quote_name
        business = quote(model._meta.get_field("business").column)
        setting = f"current_setting('{SETTING}', true)"
        return (
            f"CREATE POLICY {quote(self.name)} ON {quote(model._meta.db_table)} USING "
            f"(CASE (SELECT {setting}) WHEN '{EVERY}' THEN true "
            f"ELSE {business} = (SELECT substring({setting} from '^[0-9]+$')::bigint) END)"
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        quote = schema_editor.quote_name
        return f"DROP POLICY {quote(self.name)} ON {quote(model._meta.db_table)}"

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = DEFAULT_DB_ALIAS) -> None:
        """Nothing to ask: `TenantModel.claim` has."""

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        path, _, kwargs = super().deconstruct()
        return path, (), kwargs
