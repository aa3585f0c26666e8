"""smctl: one command from a clone to a healthy stack, one from a commit to production, one back."""

__version__ = "0.1.0"
