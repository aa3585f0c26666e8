"""A project to look at from outside: what is in here is imported by processes of its own, not by the tests."""

QUEUE = "tests-observed"
