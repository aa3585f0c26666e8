from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class CoreConfig(AppConfig):
    name = "apps.core"

    def ready(self) -> None:
        # They import models, which are not there yet when this module is imported.
        from apps.core import migrating
        from apps.core.tenancy.row_security import switch_after_migrating

        pre_migrate.connect(migrating.begin)
        post_migrate.connect(switch_after_migrating, sender=self)
        post_migrate.connect(migrating.end)
