from django.apps import AppConfig
from django.conf import settings


class ShopConfig(AppConfig):
    name = "shop"

    def ready(self) -> None:
        from shop import checks  # noqa: F401  (registers the system checks)

        if settings.SENTRY_DSN:
            from shop.observability import (
                error_reports,  # not even loaded where nobody asked for it
            )

            error_reports.start()
