"""Filters that refuse what they cannot read, where django-filter's would leave the filter out or guess."""

from typing import Any

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from apps.core.api.serializers import LARGEST_ID

MEANINGS = {"true": True, "false": False}


class _BooleanField(forms.Field):
    widget = forms.TextInput

    def to_python(self, value: Any) -> bool | None:
        if value in self.empty_values:
            return None
        if str(value).lower() not in MEANINGS:
            raise ValidationError("true or false.", code="invalid")
        return MEANINGS[str(value).lower()]


class BooleanFilter(filters.BooleanFilter):
    """`true` or `false`. With django-filter's, `maybe` would show all rows."""

    field_class = _BooleanField


class DayFilter(filters.DateFilter):
    """A day as YYYY-MM-DD. With django-filter's, `03/04/2026` would be a day too, and who knows which."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, input_formats=["%Y-%m-%d"], **options)


@extend_schema_field(OpenApiTypes.INT64)
class IdFilter(filters.Filter):
    """The id of a row that is referred to. One that nobody has finds nothing."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, min_value=1, max_value=LARGEST_ID, **options)
