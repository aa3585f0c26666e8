from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.log_context import bind
from smartmarket import urls


class Login(APIView):
    """Reads the body as a login does, and breaks with all of it in hand."""

    authentication_classes = []
    permission_classes = [AllowAny]

    def post(self, request: Request) -> Response:
        bind(business_id=7, user_id=11)
        raise RuntimeError(f"cannot log in with {request.data} and {request.headers['Authorization']}")


class Work(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    def post(self, request: Request) -> Response:
        from smartmarket.celery import app

        wanted: Any = request.data
        sent = app.send_task(wanted["task"], kwargs=wanted["arguments"], queue=wanted["queue"])
        return Response({"id": sent.id})


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken")


urlpatterns = [
    path("api/login/", Login.as_view()),
    path("api/work/", Work.as_view()),
    path("broken/<int:number>/", broken),
    *urls.urlpatterns,
]
