"""What the project is made of: apps, middleware, templates, languages, static files."""

from pathlib import Path

from smartmarket.settings.environment import DEBUG

BASE_DIR = Path(__file__).resolve().parents[2]

INSTALLED_APPS = [
    "apps.core.admin_site.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "apps.core",
    "apps.auth",
    "apps.transactions",
    "apps.forecasting",
    "apps.customers",
    "apps.recommendations",
    "apps.adminops",
    "apps.notifications",
]

MIDDLEWARE = [
    # First, because a probe has no valid Host header, speaks plain HTTP and must not touch a session.
    "apps.core.health.middleware.HealthMiddleware",
    "apps.core.request_id.RequestIdMiddleware",
    "apps.core.tenancy.middleware.TenantScopeMiddleware",
    "apps.core.metrics.middleware.MetricsMiddleware",
    "apps.core.security_headers.SecurityHeadersMiddleware",
    "apps.core.error_pages.ApiErrorMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "apps.core.api.middleware.ReadableMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "smartmarket.urls"
WSGI_APPLICATION = "smartmarket.wsgi.application"
ASGI_APPLICATION = "smartmarket.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TIME_ZONE = "Asia/Dhaka"
USE_TZ = True
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("bn", "বাংলা"), ("en", "English")]

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
# On a developer's machine files are served from where they are: no collectstatic, no restart after an edit.
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
