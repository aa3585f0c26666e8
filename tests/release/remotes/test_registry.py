"""Our registry client: a real registry with images that Docker pushed, and one that asks for keys as ghcr."""

from __future__ import annotations

import hashlib
import json
import secrets
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest

from smctl.release.remotes.failure import RequestFailed
from smctl.release.remotes.reference import Reference, parse
from smctl.release.remotes.registry import Registry
from smctl.stack.docker import api as docker
from tests.processes import REPOSITORY

REAL = "127.0.0.1:5000"
STARTS_IT = REPOSITORY.parent / "shared" / "docker-engine" / "registry"
SHA = "c" * 40


# -- a real registry --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An image with a revision, pushed by Docker; its name without tag."""
    if not _answers():
        pytest.skip(f"no registry answers at {REAL}")
    if not docker.reachable():
        pytest.skip("no Docker Engine answers")
    name = f"{REAL}/smctl-test/{secrets.token_hex(6)}"
    folder = tmp_path_factory.mktemp("image")
    (folder / "Dockerfile").write_text(
        f"FROM scratch\nLABEL org.opencontainers.image.revision={SHA}\nCOPY Dockerfile /\n", encoding="utf-8"
    )
    _docker("build", "--tag", f"{name}:sha-{SHA}", str(folder))
    _docker("push", f"{name}:sha-{SHA}")
    yield name
    _docker("image", "rm", f"{name}:sha-{SHA}")
    _forget(name.removeprefix(f"{REAL}/"))


def test_an_image_that_docker_pushed_is_found_with_its_digest_revision_and_age(pushed: str) -> None:
    image = Registry().image(f"{pushed}:sha-{SHA}")
    assert image is not None
    digests = _docker("image", "inspect", "--format", "{{json .RepoDigests}}", f"{pushed}:sha-{SHA}")
    assert f"{pushed}@{image.digest}" in json.loads(digests)
    assert image.revision == SHA
    assert image.created is not None
    assert abs((datetime.now(UTC) - image.created).days) < 365
    assert image.index_digest == ""
    assert Registry().image(f"{pushed}@{image.digest}") == image


def test_what_is_not_in_the_registry_is_none(pushed: str) -> None:
    assert Registry().image(f"{pushed}:sha-{'d' * 40}") is None
    assert Registry().image(f"{REAL}/smctl-test/never-pushed:latest") is None


def test_of_an_index_the_image_for_linux_on_amd64_is_taken(pushed: str) -> None:
    image = Registry().image(f"{pushed}:sha-{SHA}")
    assert image is not None
    repository = pushed.removeprefix(f"{REAL}/")
    manifest = httpx.get(
        f"http://{REAL}/v2/{repository}/manifests/{image.digest}",
        headers={"Accept": "application/vnd.docker.distribution.manifest.v2+json"},
    )
    entry = {
        "mediaType": manifest.headers["Content-Type"],
        "digest": image.digest,
        "size": len(manifest.content),
    }
    platforms = [("unknown", "unknown"), ("linux", "arm64"), ("linux", "amd64")]
    entries = [entry | {"platform": {"os": os, "architecture": chip}} for os, chip in platforms]
    body = json.dumps({"schemaVersion": 2, "mediaType": _INDEX, "manifests": entries}).encode()
    put = httpx.put(
        f"http://{REAL}/v2/{repository}/manifests/index", content=body, headers={"Content-Type": _INDEX}
    )
    assert put.status_code == 201
    found = Registry().image(f"{pushed}:index")
    assert found is not None
    assert (found.digest, found.revision) == (image.digest, SHA)
    assert found.index_digest == "sha256:" + hashlib.sha256(body).hexdigest()


def _forget(repository: str) -> None:
    """What a registry allows to be deleted does not stay in it."""
    for tag in ("index", f"sha-{SHA}"):
        manifests = f"http://{REAL}/v2/{repository}/manifests"
        accept = {"Accept": f"{_INDEX}, application/vnd.docker.distribution.manifest.v2+json"}
        digest = httpx.head(f"{manifests}/{tag}", headers=accept).headers.get("Docker-Content-Digest")
        httpx.delete(f"{manifests}/{digest}")


def _answers() -> bool:
    if STARTS_IT.exists():
        subprocess.run([STARTS_IT], check=False, capture_output=True, timeout=60)
    try:
        return httpx.get(f"http://{REAL}/v2/", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def _docker(*arguments: str) -> str:
    return subprocess.run(
        ["docker", *arguments], check=True, capture_output=True, text=True, timeout=60
    ).stdout


# -- one that asks for a key, as ghcr.io does --------------------------------------------------------------

_INDEX = "application/vnd.oci.image.index.v1+json"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
PASSWORD = "ghp_0123456789"
TOKEN = "exchanged"


def _blob(document: Any) -> tuple[str, bytes]:
    body = json.dumps(document).encode()
    return "sha256:" + hashlib.sha256(body).hexdigest(), body


class Guarded(ThreadingHTTPServer):
    """A registry of one image. scheme: what it asks for, Bearer or Basic. seen: each Authorization it got."""

    def __init__(self, scheme: str = "Bearer", *, wants_password: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Guard)
        self.scheme = scheme
        self.wants_password = wants_password
        self.seen: list[tuple[str, str]] = []
        labels = {"org.opencontainers.image.revision": SHA}
        config, config_body = _blob(
            {"created": "2026-11-22T10:00:00.123456789Z", "config": {"Labels": labels}}
        )
        self.manifest, manifest_body = _blob({"mediaType": _MANIFEST, "config": {"digest": config}})
        self.paths = {
            f"/v2/o/shop/manifests/sha-{SHA}": manifest_body,
            f"/v2/o/shop/manifests/{self.manifest}": manifest_body,
            f"/v2/o/shop/blobs/{config}": config_body,
        }
        self.host = f"127.0.0.1:{self.server_port}"
        Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()


class _Guard(BaseHTTPRequestHandler):
    server: Guarded

    def do_GET(self) -> None:
        given, path = self.headers.get("Authorization", ""), self.path.partition("?")[0]
        self.server.seen.append((path, given))
        if path == "/token":
            allowed = given.startswith("Basic ") or not self.server.wants_password
            self._answer(200 if allowed else 403, json.dumps({"token": TOKEN} if allowed else {}).encode())
        elif not given or (self.server.scheme == "Bearer" and given != f"Bearer {TOKEN}"):
            self._answer(401, b'{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}')
        else:
            body = self.server.paths.get(path)
            self._answer(200 if body else 404, body or b"{}")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        if status == 401:
            realm = f'realm="http://{self.server.host}/token",service="ghcr",scope="repository:o/shop:pull"'
            asked = {"Bearer": f"Bearer {realm}", "Basic": 'Basic realm="shop"'}
            self.send_header("WWW-Authenticate", asked[self.server.scheme])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def guarded() -> Iterator[Guarded]:
    server = Guarded()
    yield server
    server.shutdown()
    server.server_close()


def test_a_public_image_is_read_with_a_token_that_nobody_needs_a_key_for(guarded: Guarded) -> None:
    image = Registry().image(f"{guarded.host}/o/shop:sha-{SHA}")
    assert image is not None
    assert (image.digest, image.revision) == (guarded.manifest, SHA)
    assert image.created == datetime(2026, 11, 22, 10, 0, 0, 123456, UTC)
    assert [given for path, given in guarded.seen if path == "/token"] == [""]
    assert len(guarded.seen) == 4  # asked, exchanged, manifest, config


def test_a_private_image_is_read_with_a_token_in_exchange_for_the_password(guarded: Guarded) -> None:
    guarded.wants_password = True
    registry = Registry(host=guarded.host, user="me", password=PASSWORD)
    assert registry.image(f"{guarded.host}/o/shop:sha-{SHA}") is not None
    assert registry.image(f"{guarded.host}/o/shop:sha-{'d' * 40}") is None


def test_without_the_password_a_private_image_is_an_error_and_not_none(guarded: Guarded) -> None:
    guarded.wants_password = True
    with pytest.raises(RequestFailed) as caught:
        Registry().image(f"{guarded.host}/o/shop:sha-{SHA}")
    assert (caught.value.code, caught.value.status) == ("registry_forbidden", 403)


def test_the_password_goes_to_its_own_host_only(guarded: Guarded) -> None:
    Registry(host="ghcr.io", user="me", password=PASSWORD).image(f"{guarded.host}/o/shop:sha-{SHA}")
    assert not [given for _, given in guarded.seen if given.startswith("Basic ")]


def test_a_registry_that_takes_the_password_itself_gets_it() -> None:
    server = Guarded("Basic")
    registry = Registry(host=server.host, user="me", password=PASSWORD)
    assert registry.image(f"{server.host}/o/shop:sha-{SHA}") is not None
    with pytest.raises(RequestFailed) as caught:
        Registry().image(f"{server.host}/o/shop:sha-{SHA}")
    assert caught.value.code == "registry_key_refused"
    assert "authentication required" in caught.value.why
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        ({"config": {"digest": "sha256:" + "0" * 64}}, "is missing from it"),
        ({"manifests": []}, "no image for linux/amd64"),
        ({"layers": []}, "of a kind that is not known"),
    ],
)
def test_an_image_that_cannot_be_deployed_is_an_error_that_says_why(
    guarded: Guarded, damage: dict[str, Any], why: str
) -> None:
    guarded.paths[f"/v2/o/shop/manifests/sha-{SHA}"] = json.dumps(damage).encode()
    with pytest.raises(RequestFailed, match=why) as caught:
        Registry().image(f"{guarded.host}/o/shop:sha-{SHA}")
    assert caught.value.code == "image_unusable"


def test_bytes_that_are_not_those_of_their_digest_are_not_believed(guarded: Guarded) -> None:
    blob = next(path for path in guarded.paths if "/blobs/" in path)
    guarded.paths[blob] = json.dumps(
        {"config": {"Labels": {"org.opencontainers.image.revision": "f" * 40}}}
    ).encode()
    with pytest.raises(RequestFailed, match="other bytes"):
        Registry().image(f"{guarded.host}/o/shop:sha-{SHA}")


# -- names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("image", "reference"),
    [
        ("nginx", Reference("docker.io", "library/nginx", "latest")),
        ("owner/shop:1", Reference("docker.io", "owner/shop", "1")),
        ("ghcr.io/owner/shop", Reference("ghcr.io", "owner/shop", "latest")),
        ("127.0.0.1:5000/shop:sha-1", Reference("127.0.0.1:5000", "shop", "sha-1")),
        ("localhost/shop", Reference("localhost", "shop", "latest")),
        ("ghcr.io/o/shop@sha256:ab", Reference("ghcr.io", "o/shop", "", "sha256:ab")),
        ("ghcr.io/o/shop:1@sha256:ab", Reference("ghcr.io", "o/shop", "1", "sha256:ab")),
    ],
)
def test_a_name_is_read_as_docker_reads_it(image: str, reference: Reference) -> None:
    assert parse(image) == reference
    assert parse(str(reference)) == reference


def test_the_digest_decides_over_the_tag() -> None:
    assert parse("ghcr.io/o/shop:1@sha256:ab").version == "sha256:ab"
    assert parse("ghcr.io/o/shop:1").version == "1"
