"""Keys, hosts, cookies, transport security and passwords."""

from django.core.exceptions import ImproperlyConfigured

from smartmarket.settings.environment import DEBUG, config, csv

INSECURE_PREFIX = "insecure-"
DEVELOPMENT_KEY = f"{INSECURE_PREFIX}development-key-that-only-a-developer-machine-may-use"


def secret_key(value: str) -> str:
    """Return the key to sign with.

    Raises:
        ImproperlyConfigured: outside DEBUG, when there is no key or the key is a placeholder.
    """
    if DEBUG:
        return value or DEVELOPMENT_KEY
    if not value or value.startswith(INSECURE_PREFIX):
        raise ImproperlyConfigured(
            "DJANGO_SECRET_KEY is missing or a placeholder, and DJANGO_DEBUG is off. "
            "Make a key with: openssl rand -hex 32"
        )
    return value


SECRET_KEY = secret_key(config("DJANGO_SECRET_KEY", default=""))

LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS: list[str] = config("DJANGO_ALLOWED_HOSTS", default="", cast=csv) or (
    LOCAL_HOSTS if DEBUG else []
)

# The reverse proxy ends TLS and overwrites this header; without a proxy, as on a developer's machine, a
# client could forge it.
SECURE_PROXY_SSL_HEADER = None if DEBUG else ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = not DEBUG
# The platform probes over plain HTTP from inside. The health middleware answers before the redirect; this
# keeps it true should their order ever change.
SECURE_REDIRECT_EXEMPT = [r"^health(/live)?$"]
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEBUG
SECURE_HSTS_PRELOAD = not DEBUG
SESSION_COOKIE_SECURE = not DEBUG
CSRF_COOKIE_SECURE = not DEBUG
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["apps.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

DEMO_PASSWORD: str = config("DEMO_PASSWORD", default="")
