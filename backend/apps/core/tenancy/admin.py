"""The admin of rows that belong to a business. Staff look after every business, one row at a time."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.core.tenancy.models import TenantModel

BUSINESS = "business"


class TenantForm(forms.ModelForm):
    """Knows the row's business, so that what is unique within it is told here and not run into.

    It also knows what each field held when the page was opened: one that nobody touched is not written, or
    saving the page would take back what was sold meanwhile.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.show_hidden_initial = True

    def clean(self) -> dict[str, Any]:
        if business := self.cleaned_data.get(BUSINESS):
            self.instance.business = business
        return self.cleaned_data

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded - {BUSINESS} if self.instance.business_id else excluded


class TenantAddForm(TenantForm):
    """A new row goes to the business that is chosen; later there is no choice, because a row never moves."""

    business = forms.ModelChoiceField(Business.objects.all())


class TenantAdmin(admin.ModelAdmin):
    """Writes through the services that the API uses, in the scope of the row's business, so it is audited.

    A subclass names the three services.
    """

    create: Callable[..., TenantModel]
    update: Callable[..., TenantModel]
    delete: Callable[..., None]

    list_select_related = (BUSINESS,)
    # The second count, of all rows whatever was searched for, would read the whole table each time.
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), BUSINESS) if obj else self.readonly_fields

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        options["form"] = TenantForm if change else TenantAddForm
        options["fields"] = [name for name in self.get_fields(request, obj) if name != BUSINESS]
        made = super().get_form(request, obj, change, **options)
        if not change:
            reference = self.model._meta.get_field(BUSINESS)
            made.base_fields[BUSINESS].widget = AutocompleteSelect(reference, self.admin_site)
        return made

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        values = {name: value for name, value in form.cleaned_data.items() if name != BUSINESS}
        with scope.working_for(obj.business_id):
            if change:
                self.update(obj, **{name: values[name] for name in form.changed_data})
            else:
                obj.pk = self.create(**values).pk

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with scope.working_for(obj.business_id):
            self.delete(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            self.delete_model(request, row)
