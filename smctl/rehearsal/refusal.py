"""What an API answers instead of doing what it was asked."""

from __future__ import annotations


class Refusal(Exception):
    """status: of the answer. message: in its body."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    @classmethod
    def absent(cls, id: str) -> Refusal:
        """The body as recorded, with the line end that it has there."""
        return cls(404, f"not found: {id}")
