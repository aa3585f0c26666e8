"""WSGI entry point: `gunicorn smartmarket.wsgi`."""

import os

import django
from django.urls import get_resolver

from smartmarket.utf8 import WSGIApplication

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartmarket.settings")

django.setup(set_prefix=False)
application = WSGIApplication()

# Django loads the routes at the first request. An error in them belongs to the start, which then fails and
# says why, and the time that it takes does not belong to whoever asks first.
_ = get_resolver().url_patterns
