"""WSGI entry point: `gunicorn smartmarket.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartmarket.settings")

application = get_wsgi_application()

# Django loads the routes at the first request. An error in them belongs to the start, which then fails and
# says why, and the time that it takes does not belong to whoever asks first.
_ = get_resolver().url_patterns
