"""The admin site, whose staff look after every business."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin import apps
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.throttling import BaseThrottle

from apps.core import actor
from apps.core.actor import Actor
from apps.core.tenancy import scope


class AdminSite(admin.AdminSite):
    site_header = site_title = "SmartMarket"

    def admin_view(self, view: Callable[..., HttpResponseBase], cacheable: bool = False) -> Any:
        """Every business is in scope once Django has found that the visitor may be here, who is the actor.

        To the end of the request, because the page is rendered after the view has returned.
        """

        def for_every_business(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            scope.enter(scope.EVERY)
            actor.enter(Actor(request.user.pk, BaseThrottle().get_ident(request)))  # type: ignore[arg-type]
            return view(request, *args, **kwargs)

        return super().admin_view(for_every_business, cacheable)


class AdminConfig(apps.AdminConfig):
    default_site = "apps.core.admin_site.AdminSite"
