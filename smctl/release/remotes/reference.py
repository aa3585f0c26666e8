"""The name of an image, in its parts."""

from __future__ import annotations

from dataclasses import dataclass

HUB = "docker.io"  # where an image is that names no registry


@dataclass(frozen=True)
class Reference:
    """registry: host, with its port. repository: below it. Of tag and digest, the digest decides."""

    registry: str
    repository: str
    tag: str
    digest: str = ""

    @property
    def version(self) -> str:
        return self.digest or self.tag

    @property
    def name(self) -> str:
        """Without tag and digest: what two releases of one service share."""
        return f"{self.registry}/{self.repository}"

    def __str__(self) -> str:
        return self.name + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")


def parse(image: str) -> Reference:
    """As Docker reads it: nginx is docker.io/library/nginx:latest."""
    name, _, digest = image.partition("@")
    head, slash, rest = name.partition("/")
    named = slash and ("." in head or ":" in head or head == "localhost")
    registry, path = (head, rest) if named else (HUB, name)
    repository, _, tag = path.partition(":")
    if registry == HUB and "/" not in repository:
        repository = f"library/{repository}"
    return Reference(registry, repository, tag or ("" if digest else "latest"), digest)
