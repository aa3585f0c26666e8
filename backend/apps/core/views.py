from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class ApiRootSerializer(serializers.Serializer[dict[str, str]]):
    """Where to go from here."""

    name = serializers.CharField()
    release = serializers.CharField(help_text="Git commit that this server was built from.")
    docs = serializers.URLField()
    redoc = serializers.URLField()
    schema = serializers.URLField()
    admin = serializers.URLField()
    health = serializers.URLField()


class ApiRootView(APIView):
    """The entry to the API: what answers, which release it is, and where everything else is."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="root", responses=ApiRootSerializer)
    def get(self, request: Request) -> Response:
        paths = {
            "docs": reverse("docs"),
            "redoc": reverse("redoc"),
            "schema": reverse("schema"),
            "admin": reverse("admin:index"),
            "health": "/health",
        }
        links = {name: request.build_absolute_uri(path) for name, path in paths.items()}
        root = {"name": settings.SPECTACULAR_SETTINGS["TITLE"], "release": settings.RELEASE_SHA, **links}
        return Response(ApiRootSerializer(root).data)
