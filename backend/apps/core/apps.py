from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "apps.core"

    def ready(self) -> None:
        # They import models, which are not there yet when this module is imported.
        from apps.core.tenancy import checks, row_security

        register(checks.row_security_holds, Tags.database)
        post_migrate.connect(row_security.switch_after_migrating, sender=self)
