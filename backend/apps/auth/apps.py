from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The folder is `auth`; the label is not, because django.contrib.auth has it."""

    name = "apps.auth"
    label = "accounts"
