"""The admin site, whose staff look after every business."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin import apps
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.core.tenancy import scope


class AdminSite(admin.AdminSite):
    site_header = site_title = "SmartMarket"

    def admin_view(self, view: Callable[..., HttpResponseBase], cacheable: bool = False) -> Any:
        """Every business is in scope once Django has found that the visitor may be here.

        To the end of the request, because the page is rendered after the view has returned.
        """

        def for_every_business(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            scope.enter(scope.EVERY)
            return view(request, *args, **kwargs)

        return super().admin_view(for_every_business, cacheable)


class AdminConfig(apps.AdminConfig):
    default_site = "apps.core.admin_site.AdminSite"
