"""The base of every view that shows or changes what belongs to a business."""

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend, SearchFilter
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.viewsets import GenericViewSet

from apps.core import actor
from apps.core.actor import Actor
from apps.core.api import pagination
from apps.core.api.permissions import HasBusiness
from apps.core.tenancy import scope
from apps.core.tenancy.models import TenantModel

Row = TypeVar("Row", bound=TenantModel)


class TenantViewMixin:
    """Puts the user's business in scope once the request is authenticated, and reads no unknown parameter."""

    permission_classes: Sequence[Any] = [IsAuthenticated, HasBusiness]
    parameters: ClassVar[frozenset[str]] = frozenset()
    """Query parameters besides those of filters and pages."""

    def perform_authentication(self, request: Request) -> None:
        scope.enter(getattr(request.user, "business_id", None))
        actor.enter(Actor(request.user.pk, BaseThrottle().get_ident(request)))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        unknown = request.query_params.keys() - self.known_parameters()
        if unknown:
            raise ValidationError({name: ["There is no such parameter."] for name in sorted(unknown)[:20]})

    def known_parameters(self) -> set[str]:
        return set(self.parameters)


class TenantViewSet(TenantViewMixin, GenericViewSet[Row], Generic[Row]):
    """Rows of the business in scope, filtered, searched, ordered and in pages.

    A subclass says `model`, `orderings` (the first is the default; an index has each) and what it answers to;
    `rows` is its selector. Another business's row is not found.
    """

    model: type[Row]
    orderings: ClassVar[tuple[str, ...]] = ("-id",)
    pagination_class = pagination.KeysetPagination
    filter_backends: Sequence[type[BaseFilterBackend]] = (DjangoFilterBackend, SearchFilter)
    lookup_value_regex = "[0-9]{1,18}"

    def rows(self) -> QuerySet[Row]:
        """Return the rows that this view is about."""
        return self.model.objects.all()

    def get_queryset(self) -> QuerySet[Row]:
        return self.rows()

    def known_parameters(self) -> set[str]:
        known = super().known_parameters()
        if self.action != "list":
            return known
        filterset = getattr(self, "filterset_class", None)
        known |= {pagination.CURSOR, pagination.ORDERING, pagination.PAGE_SIZE}
        known |= set(filterset.base_filters) if filterset else set()
        return known | ({"search"} if getattr(self, "search_fields", ()) else set())
