"""The REST API and its documentation."""

from datetime import timedelta
from typing import Any

from smartmarket.settings.environment import DEBUG

# On a developer's machine every browser, script and test has the one address.
ADDRESS_FACTOR = 100 if DEBUG else 1

# How many requests, in any order and at any pace, within a second, minute, hour or day.
THROTTLE_RATES: dict[str, str] = {
    "anon": f"{300 * ADDRESS_FACTOR}/m",
    "user": "6000/m",
    "login_address": f"{30 * ADDRESS_FACTOR}/m",
    # Wrong passwords only: the right one starts the count anew. It also bounds how long somebody who fails on
    # purpose can keep the owner from logging in; who is logged in stays so.
    "login_account": "20/h",
    "signup_address": f"{20 * ADDRESS_FACTOR}/h",
    "refresh_address": f"{120 * ADDRESS_FACTOR}/m",
}

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.core.api.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.core.errors.exception_handler",
    "DEFAULT_THROTTLE_CLASSES": [
        "apps.core.api.throttling.AnonThrottle",
        "apps.core.api.throttling.UserThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": THROTTLE_RATES,
    # Without it a throttle would count by the whole X-Forwarded-For header, which the client writes. On a
    # developer's machine there is no proxy to write a true one.
    "NUM_PROXIES": 0 if DEBUG else 1,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "SmartMarket API",
    "DESCRIPTION": "Sales, stock, customers, forecasts and recommendations of a shop.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "DEFAULT_GENERATOR_CLASS": "apps.core.api.schema.Generator",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.core.api.schema.tell_errors",
    ],
    # What is sent and what comes back differ: ids and times are only read, unknown fields are refused.
    "COMPONENT_SPLIT_REQUEST": True,
    # The pages' scripts come from this server: the docs work offline and leak no visit to a CDN.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    # Choices that fields of several names have, and names that several choices would have.
    "ENUM_NAME_OVERRIDES": {
        "BusinessType": "apps.auth.models.BusinessType",
        "AdviceStatus": "apps.recommendations.models.AdviceStatus",
        "AdviceType": "apps.recommendations.models.AdviceType",
        "EngagementAction": "apps.recommendations.models.Engagement",
        "ForecastStatus": "apps.forecasting.models.ForecastStatus",
        "JobStatus": "apps.adminops.models.JobStatus",
        # Those of urgency and of risk are the same.
        "Level": "apps.recommendations.models.Urgency",
        "Segment": "apps.customers.models.Segment",
    },
}

SIMPLE_JWT: dict[str, Any] = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=10),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    # A new password makes every token from before it worthless.
    "CHECK_REVOKE_TOKEN": True,
}
