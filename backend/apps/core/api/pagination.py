"""Pages that cost the same however deep they are: each starts right after the last row of the one before.

Rows are ordered by a pair that is unique, one column and the id, and an index has both. REST framework's own
cursor counts through ties, at most a thousand of them, and a busy day has more sales than that.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core import signing
from django.db.models import F, Field, Func, Model, TextField, Value
from django.db.models.lookups import GreaterThan, LessThan
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

SALT = "apps.core.api.pagination"
CURSOR, ORDERING, PAGE_SIZE = "cursor", "ordering", "page_size"


class Row(Func):
    """SQL's row value, (a, b). PostgreSQL compares two of them in one step, by an index if there is one."""

    template = "(%(expressions)s)"
    output_field = TextField()


class KeysetPagination(BasePagination):
    """`?page_size=`, `?ordering=` (one of the view's `orderings`) and the opaque `?cursor=`.

    The answer is {"results", "next"}: the address of the next page, or null after the last.
    """

    default_size = 50
    largest_size = 200

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        self._address = request.build_absolute_uri()
        self._size = self._asked_size(request.query_params.get(PAGE_SIZE))
        self._ordering = self._asked_ordering(request.query_params.get(ORDERING), view.orderings)
        descending = self._ordering.startswith("-")
        columns = _columns(self._ordering)
        queryset = queryset.order_by(*(f"-{name}" if descending else name for name in columns))
        if cursor := request.query_params.get(CURSOR):
            after = self._position(cursor, queryset.model)
            compare = LessThan if descending else GreaterThan
            beyond: Any = compare(Row(*map(F, columns)), after)
            queryset = queryset.filter(beyond)
        rows = list(queryset[: self._size + 1])
        self._more, self._page = len(rows) > self._size, rows[: self._size]
        return self._page

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self._next()})

    def get_paginated_response_schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        address = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {"results": schema, "next": address},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": self.largest_size, "default": self.default_size}
        orderings = {"type": "string", "enum": list(view.orderings), "default": view.orderings[0]}
        described = (
            (PAGE_SIZE, size, "How many rows a page has."),
            (ORDERING, orderings, "What the rows are ordered by; the id settles ties."),
            (CURSOR, {"type": "string"}, "Where the page starts: taken from `next`, never made."),
        )
        return [
            {"name": name, "in": "query", "required": False, "schema": schema, "description": text}
            for name, schema, text in described
        ]

    def _next(self) -> str | None:
        if not self._more:
            return None
        last, field = self._page[-1], self._ordering.removeprefix("-")
        position = [self._ordering, last._meta.get_field(field).value_to_string(last), last.pk]
        cursor = signing.dumps(position, salt=SALT)
        return replace_query_param(self._address, CURSOR, cursor)

    def _position(self, cursor: str, model: type[Model]) -> Row:
        """Return the pair after which the page starts."""
        try:
            ordering, text, pk = signing.loads(cursor, salt=SALT)
        except (signing.BadSignature, ValueError) as error:
            raise ValidationError({CURSOR: ["This is not a cursor of this API."]}) from error
        if ordering != self._ordering:
            raise ValidationError({CURSOR: [f"This cursor belongs to ordering={ordering}."]})
        field: Field[Any, Any] = model._meta.get_field(ordering.removeprefix("-"))  # type: ignore[assignment]
        values = {field.name: Value(field.to_python(text), output_field=field), "id": Value(pk)}
        return Row(*values.values())

    def _asked_size(self, asked: str | None) -> int:
        if asked is None:
            return self.default_size
        if not (asked.isascii() and asked.isdigit() and 1 <= int(asked[:9]) <= self.largest_size):
            raise ValidationError({PAGE_SIZE: [f"A number from 1 to {self.largest_size}."]})
        return int(asked)

    def _asked_ordering(self, asked: str | None, orderings: Sequence[str]) -> str:
        if asked is None:
            return orderings[0]
        if asked not in orderings:
            raise ValidationError({ORDERING: [f"One of {', '.join(orderings)}."]})
        return asked


def _columns(ordering: str) -> tuple[str, ...]:
    """Return what the rows are ordered by: the column and the id, or the id alone."""
    return tuple(dict.fromkeys((ordering.removeprefix("-"), "id")))
