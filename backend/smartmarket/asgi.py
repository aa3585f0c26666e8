"""ASGI entry point, for whoever serves this project with an ASGI server."""

import os

import django

from smartmarket.utf8 import ASGIApplication

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartmarket.settings")

django.setup(set_prefix=False)
application = ASGIApplication()
