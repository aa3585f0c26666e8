from typing import Any, TypeVar

from django.db.models import Model
from rest_framework import serializers

LARGEST_ID = 2**63 - 1

M = TypeVar("M", bound=Model)


class StrictMixin:
    """Refuses fields that it does not know, and those that only the server writes: a typing error is told."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            fields: dict[str, serializers.Field[Any, Any, Any, Any]] = getattr(self, "fields", {})
            writable = {name for name, field in fields.items() if not field.read_only}
            unknown = [name for name in data if name not in writable]
            if unknown:
                raise serializers.ValidationError(
                    {name[:64]: ["There is no such field to write."] for name in unknown[:20]}, code="unknown"
                )
        return super().to_internal_value(data)  # type: ignore[misc]


class RowField(serializers.PrimaryKeyRelatedField[M]):
    """A row of the business in scope, by its id. REST framework's takes 1.9 for 1 and fails at 1e999."""

    def to_internal_value(self, data: Any) -> M:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("incorrect_type", data_type=type(data).__name__)
        if not 0 < data <= LARGEST_ID:
            self.fail("does_not_exist", pk_value=data)
        return super().to_internal_value(data)  # type: ignore[arg-type]


class StrictSerializer(StrictMixin, serializers.Serializer[Any]):
    """The body of a request."""


class StrictModelSerializer(StrictMixin, serializers.ModelSerializer[M]):
    """A row, and the body of a request that writes it. References are looked up in the business in scope."""

    serializer_related_field = RowField
