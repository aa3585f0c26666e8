from typing import Any

from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator

from smartmarket.asgi import application

SCOPE = {"type": "http", "method": "GET", "path": "/health/live", "query_string": b"", "headers": []}


async def first_message(scope: dict[str, Any]) -> dict[str, Any]:
    server = ApplicationCommunicator(application, scope)
    await server.send_input({"type": "http.request", "body": b""})
    message: dict[str, Any] = await server.receive_output(timeout=5)
    await server.wait()
    return message


def test_an_asgi_server_can_serve_the_project_too() -> None:
    assert async_to_sync(first_message)(SCOPE)["status"] == 200
