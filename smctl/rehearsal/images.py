"""Image names as Render stores them."""

from __future__ import annotations


def canonical(image: str) -> str:
    """nginx is stored as docker.io/library/nginx:latest."""
    name, at, digest = image.partition("@")
    head, slash, _ = name.partition("/")
    if not slash:
        name = f"docker.io/library/{name}"
    elif "." not in head and ":" not in head and head != "localhost":
        name = f"docker.io/{name}"
    tagged = ":" in name.rpartition("/")[2]
    return name + ("" if tagged or digest else ":latest") + at + digest


def repository_of(image: str) -> str:
    """Host, path and name, without tag and digest."""
    path, slash, name = canonical(image).partition("@")[0].rpartition("/")
    return path + slash + name.partition(":")[0]
