from typing import Any

from django.apps import apps

from apps.core.tenancy import scope


def everything() -> dict[str, list[Any]]:
    """Return all rows of all tables, to compare with what is there later."""
    with scope.every_business():
        return {
            model._meta.label: sorted(model._default_manager.order_by("pk").values_list(), key=str)
            for model in apps.get_models()
        }
