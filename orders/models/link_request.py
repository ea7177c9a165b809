from django.db import models
from django.db.models.functions import Now

from orders.leases import Work, due_index, enqueue
from orders.lib import crypto
from orders.lib.mailbox import canonical
from orders.models.order import Order

MOST = 20  # orders that one mail lists


class LinkRequest(Work):
    """An address that was typed, to be mailed the link; of one order, if a number was typed too.

    Only a worker looks whether they belong together, so that the answer takes the same time
    whatever was typed. The address may be a stranger's: it is stored encrypted, or as a keyed hash
    beside a number, and the row goes once it was looked at.
    """

    TASK = "orders.tasks.answer_link_request"

    number = models.CharField(max_length=12, editable=False)
    mailbox_hash = models.CharField(max_length=64, editable=False)
    address_encrypted = models.TextField(default="", db_default="", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [due_index("link_request_due")]

    def __str__(self) -> str:
        return self.number

    @classmethod
    def ask(cls, number: str, address: str) -> None:
        mailbox = canonical(address)
        asked = (
            {"number": number, "mailbox_hash": crypto.hash_value("mailbox", mailbox)}
            if number
            else {"address_encrypted": crypto.encrypt(mailbox)}
        )
        enqueue(cls.objects.create(**asked, due_at=Now()))

    def orders(self) -> list[Order]:
        """Return the orders that are meant, the latest first."""
        if not self.number:
            return of_mailbox(crypto.decrypt(self.address_encrypted))
        return [
            order
            for order in Order.objects.filter(number=self.number)
            if self.mailbox_hash in crypto.hashes_of_value("mailbox", canonical(order.email))
        ]


def of_mailbox(mailbox: str) -> list[Order]:
    """Return the latest orders of a mailbox, the last one first."""
    return list(Order.objects.filter(mailbox=mailbox).order_by("-created_at")[:MOST])
