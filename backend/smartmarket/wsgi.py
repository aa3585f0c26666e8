"""WSGI entry point: `gunicorn smartmarket.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartmarket.settings")

application = get_wsgi_application()
