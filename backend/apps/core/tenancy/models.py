"""The base of every row that belongs to a business."""

from collections.abc import Iterable
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models.query import RawQuerySet
from django.utils import timezone

from apps.core.models import TimeStamped
from apps.core.tenancy import scope
from apps.core.tenancy.scope import EVERY, NoBusinessInScope, WrongBusiness

Row = TypeVar("Row", bound="TenantModel", covariant=True)

BUSINESS = {"business", "business_id"}


class TenantQuerySet(models.QuerySet[Row]):
    """Rows of the business in scope. What could write or read the rows of another is refused."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **options: Any) -> list[Any]:
        """As Django's; where rows that are there are updated, the business is part of what tells them apart.

        Raises:
            WrongBusiness: a row belongs to another business, or could be taken for one that does.
        """
        unique = set(options.get("unique_fields") or ())
        if options.get("update_conflicts") and not BUSINESS & unique:
            raise WrongBusiness("Name the business in unique_fields: another's row would be updated.")
        rows = list(objs)
        for row in rows:
            row.claim()
        return super().bulk_create(rows, *args, **options)

    def update(self, **values: Any) -> int:
        if BUSINESS & values.keys():
            raise WrongBusiness("A row never moves to another business.")
        return super().update(**{"updated_at": timezone.now(), **values})

    def raw(self, *args: Any, **options: Any) -> "RawQuerySet[Any]":
        if scope.current() != EVERY:
            raise WrongBusiness("SQL is not narrowed to the business in scope; see scope.every_business.")
        return super().raw(*args, **options)


class TenantManager(models.Manager[Row]):
    """Fails closed: without a business in scope it raises instead of returning everything."""

    def get_queryset(self) -> TenantQuerySet[Row]:
        rows: TenantQuerySet[Row] = TenantQuerySet(self.model, using=self._db)
        match scope.current():
            case None:
                raise NoBusinessInScope(
                    f"No business is in scope, so there is nothing to show of {self.model._meta.label}."
                )
            case "*":
                return rows
            case business:
                return rows.filter(business_id=business)


class TenantModel(TimeStamped):
    """A row of one business. Every subclass has an index that starts with `business`.

    `objects` shows the business in scope. `unscoped` is for Django itself, which follows foreign keys and
    cascades with it; ours is `scope.every_business()`.
    """

    business = models.ForeignKey(
        "accounts.Business", on_delete=models.CASCADE, related_name="+", db_index=False, editable=False
    )

    objects = TenantManager[Self]()
    unscoped = models.Manager[Self]()

    class Meta:
        abstract = True
        base_manager_name = "unscoped"
        default_manager_name = "objects"

    def claim(self) -> None:
        """Belong to the business in scope.

        Raises:
            NoBusinessInScope: there is none.
            WrongBusiness: the row belongs to another one.
        """
        business = scope.current()
        if business is None:
            raise NoBusinessInScope(f"No business is in scope, so {self._meta.label} is out of reach.")
        if business == EVERY:
            return
        if self.business_id is None:
            self.business_id = business
        if self.business_id != business:
            raise WrongBusiness(f"{self._meta.label} of business {self.business_id}, not of {business}.")

    def full_clean(self, *args: Any, **options: Any) -> None:
        self.claim()
        super().full_clean(*args, **options)

    def save(self, *args: Any, **options: Any) -> None:
        self.claim()
        super().save(*args, **options)

    # What follows is where Django would find the row by its id alone, whosever it is.

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        self.claim()
        own = type(self)._base_manager.filter(pk=self.pk, business_id=self.business_id)
        if self.pk is not None and not own.exists():
            return 0, {}
        return super().delete(*args, **options)

    def refresh_from_db(self, using: Any = None, fields: Any = None, *args: Any, **options: Any) -> None:
        fields = fields if fields is None else {*fields, "business_id"}
        super().refresh_from_db(using, fields, *args, **options)
        self.claim()

    def _do_update(self, base_qs: models.QuerySet[Any], *args: Any, **options: Any) -> Any:
        return super()._do_update(base_qs.filter(business_id=self.business_id), *args, **options)
