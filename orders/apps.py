from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        from guides import offers
        from orders import checks  # noqa: F401 (registers itself)
        from orders.views.offer import offer_for, order_form_of

        offers.offer_for, offers.order_form_of = offer_for, order_form_of
