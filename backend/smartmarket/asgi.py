"""ASGI entry point, for whoever serves this project with an ASGI server."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartmarket.settings")

application = get_asgi_application()
