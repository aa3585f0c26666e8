from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate

from apps.core.migration_timeouts import restore_timeouts, set_migration_timeouts


class CoreConfig(AppConfig):
    name = "apps.core"

    def ready(self) -> None:
        pre_migrate.connect(set_migration_timeouts)
        post_migrate.connect(restore_timeouts)
