from django.db import models
from django.db.models.functions import Now

from orders.leases import Work, due_index, enqueue
from orders.lib import crypto
from orders.lib.mailbox import canonical
from orders.models.order import Order


class LinkRequest(Work):
    """An order number and an address that were typed, to be mailed the link.

    Only a worker looks whether they belong together, so that the answer takes the same time
    whatever was typed. The address may be a stranger's: a keyed hash of it is stored, and the row
    goes once it was looked at.
    """

    TASK = "orders.tasks.answer_link_request"

    number = models.CharField(max_length=12, editable=False)
    mailbox_hash = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [due_index("link_request_due")]

    def __str__(self) -> str:
        return self.number

    @classmethod
    def ask(cls, number: str, address: str) -> None:
        hashed = crypto.hash_value("mailbox", canonical(address))
        enqueue(cls.objects.create(number=number, mailbox_hash=hashed, due_at=Now()))

    def find_order(self) -> Order | None:
        order = Order.objects.filter(number=self.number).first()
        if order is None:
            return None
        hashes = crypto.hashes_of_value("mailbox", canonical(order.email))
        return order if self.mailbox_hash in hashes else None
