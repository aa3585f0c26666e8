from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS

from apps.core.constraints import StatementConstraint


class OwnerIsMember(StatementConstraint):
    """A business belongs to one of its members: FOREIGN KEY (user_id, id) to a user's (id, business_id).

    So an owner can neither be deleted nor move elsewhere before somebody else is. DEFERRED like every foreign
    key of Django, because owner and business refer to each other and one of them comes first.
    """

    def __init__(self, *, name: str) -> None:
        super().__init__(name=name, violation_error_message="The owner has to be a member of the business.")

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        quote = schema_editor.quote_name
        users = model._meta.get_field("user").related_model._meta.db_table
        return (
            f"ALTER TABLE {quote(model._meta.db_table)} ADD CONSTRAINT {quote(self.name)} "
            f"FOREIGN KEY (user_id, id) REFERENCES {quote(users)} (id, business_id) "
            "DEFERRABLE INITIALLY DEFERRED"
        )

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = DEFAULT_DB_ALIAS) -> None:
        if instance.user_id is None or (exclude and "user" in exclude):
            return
        users = model._meta.get_field("user").related_model._default_manager.using(using)
        if instance.pk is None or not users.filter(pk=instance.user_id, business_id=instance.pk).exists():
            raise ValidationError({"user": self.violation_error_message}, code="invalid")

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        path, _, _ = super().deconstruct()
        return path, (), {"name": self.name}
