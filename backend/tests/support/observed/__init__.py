"""A project to look at from outside: what is in here belongs to processes of its own, not to the tests'."""

QUEUE = "tests-observed"
