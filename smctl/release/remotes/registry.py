"""An image registry: whether an image is there, which bytes it is, and which commit it was built from.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md, and for the keys
https://distribution.github.io/distribution/spec/auth/token/.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from smctl.release.remotes import failure
from smctl.release.remotes.account import Account, is_loopback
from smctl.release.remotes.http import PATIENCE, Answer, Http, OnWait, silent
from smctl.release.remotes.reference import HUB, Reference, parse
from smctl.release.remotes.values import moment_or_none

REVISION = "org.opencontainers.image.revision"  # https://specs.opencontainers.org/image-spec/annotations/
PLATFORM = ("linux", "amd64")  # what Render runs
_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_ACCEPT = {"Accept": ", ".join((*_INDEXES, *_MANIFESTS))}
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class RemoteImage:
    """digest: of the manifest for linux/amd64, as Render reports it. index_digest: of its index,
    if any. revision: the commit that its label names; empty where it has none.
    """

    digest: str
    revision: str
    created: datetime | None
    index_digest: str = ""


class Registry:
    """Any registry. User and password go to `host` only, and in the clear to nobody but this machine."""

    def __init__(
        self,
        *,
        host: str = "",
        user: str = "",
        password: str = "",
        on_wait: OnWait = silent,
        patience: float = PATIENCE,
    ) -> None:
        self._host = host
        self._basic = _basic(user, password) if password else ""
        self._on_wait = on_wait
        self._patience = patience

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str], *, on_wait: OnWait = silent, patience: float = PATIENCE
    ) -> Registry:
        """GITHUB_TOKEN opens ghcr.io; without it, and anywhere else, only what is public can be seen."""
        token = environ.get("GITHUB_TOKEN", "").strip()
        user = environ.get("GITHUB_ACTOR", "").strip() or "smctl"  # ghcr.io looks at the token alone
        return cls(host="ghcr.io", user=user, password=token, on_wait=on_wait, patience=patience)

    def __repr__(self) -> str:
        return "Registry()"

    def image(self, image: str) -> RemoteImage | None:
        """None where the registry has no such image. Raises RequestFailed, also where it hides it."""
        reference = parse(image)
        http = self._http(reference)
        try:
            return _Reading(http, reference, self._basic_for(reference)).image()
        finally:
            http.close()

    def _http(self, reference: Reference) -> Http:
        host = "registry-1.docker.io" if reference.registry == HUB else reference.registry
        scheme = "http" if is_loopback(host.partition(":")[0]) else "https"
        account = Account(
            f"Registry {reference.registry}",
            f"{scheme}://{host}",
            variable="GITHUB_TOKEN" if reference.registry == "ghcr.io" else "",
            where="https://github.com/settings/tokens, with read:packages",
        )
        return Http(account, on_wait=self._on_wait, patience=self._patience, follow_redirects=True)

    def _basic_for(self, reference: Reference) -> str:
        return self._basic if reference.registry == self._host else ""


class _Reading:
    """One image being read: the token that the first refusal was exchanged for serves the rest."""

    def __init__(self, http: Http, reference: Reference, basic: str) -> None:
        self._http = http
        self._root = f"/v2/{reference.repository}"
        self._reference = reference
        self._basic = basic
        self._authorization = ""

    def image(self) -> RemoteImage | None:
        top = self._get(f"/manifests/{self._reference.version}")
        if top.status == 404:
            return None
        digest, index_digest = _digest(top.body), ""
        manifest = self._document(top)
        if "manifests" in manifest:
            index_digest, digest = digest, _of_platform(manifest)
            if not digest:
                raise self._unlike(f"it has no image for {'/'.join(PLATFORM)}")
            manifest = self._document(self._present(f"/manifests/{digest}", digest))
        if "config" not in manifest:
            raise self._unlike("its manifest is of a kind that is not known here")
        blob = manifest["config"]["digest"]
        config = self._document(self._present(f"/blobs/{blob}", blob))
        labels = (config.get("config") or {}).get("Labels") or {}
        return RemoteImage(
            digest, labels.get(REVISION, ""), moment_or_none(config.get("created")), index_digest
        )

    def _present(self, path: str, digest: str) -> Answer:
        """What the manifest says is there, and unchanged."""
        answer = self._get(path)
        if answer.status == 404:
            raise self._unlike(f"{digest} is missing from it")
        if _digest(answer.body) != digest:
            raise self._unlike(f"{digest} has other bytes than its name says")
        return answer

    def _get(self, path: str) -> Answer:
        answer = self._http.request("GET", self._root + path, headers=self._headers(), expected=(401, 404))
        if answer.status == 401:
            self._authorization = self._exchange(answer)
            answer = self._http.request("GET", self._root + path, headers=self._headers(), expected=(404,))
        return answer

    def _headers(self) -> dict[str, str]:
        return _ACCEPT | ({"Authorization": self._authorization} if self._authorization else {})

    def _exchange(self, refused: Answer) -> str:
        """The Authorization that the registry asks for: our password, or a token in exchange for it."""
        scheme, _, rest = refused.headers.get("www-authenticate", "").partition(" ")
        asked = dict(_PARAMETER.findall(rest))
        realm = asked.pop("realm", "")
        if scheme.lower() != "bearer" or not realm:
            return self._basic
        mine = {"Authorization": self._basic} if self._basic and _is_private(realm) else {}
        query = [(name, asked[name]) for name in ("service", "scope") if name in asked]
        granted = self._document(self._http.request("GET", realm, query=query, headers=mine))
        return f"Bearer {granted.get('token') or granted.get('access_token') or ''}"

    def _document(self, answer: Answer) -> dict[str, Any]:
        try:
            document = json.loads(answer.body)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise failure.unreadable(self._http.account.service, answer.request, answer.body)
        return document

    def _unlike(self, why: str) -> failure.RequestFailed:
        return failure.RequestFailed(
            "image_unusable",
            f"{self._reference} cannot be deployed: {why}.",
            fix="build and push it again",
        )


def _of_platform(index: dict[str, Any]) -> str:
    """The digest for our platform; provenance and SBOM are entries of their own, of platform "unknown"."""
    for entry in index["manifests"]:
        platform = entry.get("platform") or {}
        if (platform.get("os"), platform.get("architecture")) == PLATFORM:
            return str(entry["digest"])
    return ""


def _is_private(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or is_loopback(parts.hostname or "")


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _digest(body: bytes) -> str:
    return "sha256:" + hashlib.sha256(body).hexdigest()
