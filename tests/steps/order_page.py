"""The order's page, as a customer with its link uses it."""

import uuid
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from orders.models import Order


def order_page(order: Order) -> str:
    return " ".join(Client().get(order.secret_link()).content.decode().split())


def answer(
    order: Order,
    text: str = "",
    photo: bytes | list[SimpleUploadedFile] | None = None,
    **values: Any,
) -> Any:
    """Answer the question of staff, as a browser with the order's link sends it."""
    data = {"form_key": str(uuid.uuid4()), "text": text} | values
    if isinstance(photo, bytes):
        data["photo"] = SimpleUploadedFile("IMG_0001.jpg", photo)
    elif photo:
        data["photo"] = photo
    response = Client().post(order.secret_link() + "answer/", data)
    order.refresh_from_db()
    return response
