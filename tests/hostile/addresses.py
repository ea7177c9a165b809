"""Every address of the shop, taken from its URL resolver: a new one is attacked by itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

from guides.models import Question
from orders.models import LabelPhoto, Order, Payment, Receipt, Upload

PART = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")
# what stands for a row that is not found by its key alone
WORDS = {
    "brand": "acme",
    "brand_slug": "acme",
    "car_model": "roadster",
    "generation": "nowhere",
    "provider": "postmark",
    "app_label": "orders",
    "url": "nowhere/",
}


@dataclass(frozen=True)
class Address:
    """`route` as the URL configuration has it: orders/<str:number>/<str:token>/."""

    route: str
    name: str

    @property
    def parts(self) -> list[str]:
        return [one or other for one, other in PART.findall(self.route)]

    def path(self, values: dict[str, Any]) -> str:
        return "/" + PART.sub(lambda found: str(values[found[1] or found[2]]), self.route)

    def paths(self) -> list[str]:
        """One that leads somewhere for each row that it may be about."""
        if "number" in self.parts:
            return [self.path(values) for values in _orders("printed" in self.parts)]
        return [self.path(WORDS | values) for values in self._rows()]

    def _rows(self) -> list[dict[str, Any]]:
        if self.name == "orders_message_photo":
            uploads = Upload.objects.exclude(message=None).values_list("message_id", "pk")
            return [{"pk": message, "upload_pk": upload} for message, upload in uploads]
        if "upload_pk" in self.parts:
            answers = Upload.objects.exclude(answer=None)
            found = answers.values_list("answer__question__order_id", "pk")[:1]
            return [{"pk": order, "upload_pk": upload} for order, upload in found]
        if "photo_pk" in self.parts:
            photos = LabelPhoto.objects.exclude(order=None).values_list("order_id", "pk")
            return [{"pk": order, "photo_pk": photo} for order, photo in photos]
        if "payment_pk" in self.parts:
            payments = Payment.objects.values_list("order_id", "pk")[:20]
            return [{"pk": order, "payment_pk": payment} for order, payment in payments]
        if self.name == "payment_return":
            uuids = Payment.objects.values_list("uuid", flat=True)[:20]
            return [{"uuid": uuid} for uuid in uuids] or [{"uuid": UUID(int=1)}]
        if self.name == "guides_guide_put_row_back":
            rows = Question.history.values_list("guide_id", "pk")[:20]
            return [{"pk": pk, "kind": "question", "version": version} for pk, version in rows]
        if "version" in self.parts:
            versions = model_of(self.name).history.values_list("id", "pk")[:20]  # type: ignore[attr-defined]
            rows = [{"pk": pk, "object_id": pk, "version": version} for pk, version in versions]
            return [{**each, "kind": "question"} for each in rows]
        if "content_type_id" in self.parts:
            return [{"content_type_id": 1, "object_id": 1}]
        keys = model_of(self.name)._default_manager.values_list("pk", flat=True)[:20]
        return [{"pk": key, "object_id": key, "id": key} for key in keys] or [
            {"pk": 1, "object_id": 1, "id": 1}
        ]


def all_addresses() -> list[Address]:
    return list(dict.fromkeys(_walk(get_resolver().url_patterns, "")))


def _walk(patterns: list[Any], before: str) -> Iterator[Address]:
    for each in patterns:
        route = before + str(each.pattern).removeprefix("^").removesuffix("$")
        # django-simple-history's own does not name its parts
        route = route.replace("([^/]+)/history/([^/]+)/", "<object_id>/history/<version>/")
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, route)
        elif isinstance(each, URLPattern):
            yield Address(route, each.name or "")


def model_of(name: str) -> type[Model]:
    """The model of one of the admin's addresses, by its name: orders_order_desk."""
    app_label, _, rest = name.partition("_")
    if app_label in apps.app_configs:
        for model in apps.get_app_config(app_label).get_models():
            if rest.split("_")[0] == model._meta.model_name:
                return model
    return Order


def _orders(with_receipt: bool) -> list[dict[str, Any]]:
    if with_receipt:
        return [
            {"number": each.order.number, "token": each.order.token, "printed": each.number_text}
            for each in Receipt.objects.select_related("order")
        ]
    return [{"number": each.number, "token": each.token} for each in Order.objects.all()]
