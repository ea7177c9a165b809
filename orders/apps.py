from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        from guides import offers
        from orders import checks  # noqa: F401 (registers itself)
        from orders.views.offer import offer_for

        offers.offer_for = offer_for
