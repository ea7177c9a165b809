from django.apps import AppConfig
from django.conf import settings


class ShopConfig(AppConfig):
    name = "shop"

    def ready(self) -> None:
        from shop import checks  # noqa: F401  (registers the system checks)
        from shop.start import hide_from_other_processes

        hide_from_other_processes()
        if settings.SENTRY_DSN:
            from shop.observability import error_reports  # only loaded where it is used

            error_reports.start()
