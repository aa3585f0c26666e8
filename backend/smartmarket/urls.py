"""Every route. /health and /health/live are not here: a middleware answers them before anything else."""

from typing import Any

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView

from apps.core.views import ApiRootView

api: list[Any] = [
    path("", ApiRootView.as_view(), name="api-root"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path(
        "docs/",
        SpectacularSwaggerView.as_view(url_name="schema", template_name="docs/swagger.html"),
        name="docs",
    ),
    path(
        "redoc/",
        SpectacularRedocView.as_view(url_name="schema", template_name="docs/redoc.html"),
        name="redoc",
    ),
    path("auth/", include("apps.auth.urls")),
    path("", include("apps.core.dashboard.urls")),
    path("", include("apps.transactions.urls")),
    path("", include("apps.customers.urls")),
    path("", include("apps.forecasting.urls")),
    path("", include("apps.recommendations.urls")),
    path("", include("apps.adminops.urls")),
]

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="api-root")),
    path("admin/", admin.site.urls),
    path("api/", include(api)),
]
