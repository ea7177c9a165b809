from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from guides.models import Shows
from orders.leases import Work, due_index
from orders.lib import crypto
from orders.models.code import Code
from orders.models.order import Order
from orders.models.radio import Radio
from orders.models.serial_hashes import SerialHashes


class Problem(Work):
    """A customer's report that a code does not work, with the answers and what became of it.

    It is a draft until `reported_at`. Its waiting work asks the providers for a corrected serial;
    processes of version 1.0 know no such task and leave it alone.
    """

    TASK = "orders.tasks.ask_for_corrected_serial"
    NEEDS = ("order__radio", "order__brand")

    class Changed(models.TextChoices):
        NO = "no", _("No, it is the one that I ordered for")
        YES = "yes", _("Yes, another radio is in the car now")
        UNSURE = "unsure", _("I don't know")

    class Outcome(models.TextChoices):
        REPLACED = "replaced", _("another code was sent")
        REFUNDED = "refunded", _("refunded")
        CLOSED = "closed", _("closed")

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="problems")
    # the code that does not work
    code = models.ForeignKey(Code, on_delete=models.CASCADE, related_name="+")
    from_status = models.CharField(max_length=12, blank=True, editable=False)
    # the customer's answers
    shows = models.CharField(max_length=10, choices=Shows, blank=True, editable=False)
    confirmed_with = models.CharField(max_length=200, blank=True, editable=False)
    reading_encrypted = models.TextField(blank=True, editable=False)
    readings = models.PositiveSmallIntegerField(default=0, editable=False)
    # the label shows the second reading, the customer says
    is_reading_right = models.BooleanField(default=False, editable=False)
    changed = models.CharField(max_length=6, choices=Changed, blank=True, editable=False)
    # files that were decoded for it, refused ones too
    file_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    started_at = models.DateTimeField(auto_now_add=True)
    reported_at = models.DateTimeField(null=True, blank=True, editable=False)
    # of a serial that the customer corrected, or staff
    former_serial_encrypted = models.TextField(blank=True, editable=False)
    former_radio = models.ForeignKey(
        Radio, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    corrected_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_by_customer = models.BooleanField(default=False, editable=False)
    # staff compared the order's serial with the label
    confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+", editable=False,
    )  # fmt: skip
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True, editable=False)
    words_encrypted = models.TextField(blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["pk"]
        indexes = [due_index("problem_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(closed_at=None), name="one_open_problem"
            ),
            models.UniqueConstraint(
                fields=["order"], condition=Q(is_by_customer=True), name="one_free_correction"
            ),
        ]

    def __str__(self) -> str:
        return str(_("problem with order %s") % self.order_id)

    @property
    def order_number(self) -> str:
        return self.order.number

    @property
    def is_asking(self) -> bool:
        """Whether providers are being asked for the corrected serial."""
        return self.due_at is not None and self.closed_at is None

    @property
    def reading(self) -> str:
        """The serial as the customer read it a second time."""
        return crypto.decrypt(self.reading_encrypted) if self.reading_encrypted else ""

    @property
    def former_serial(self) -> str:
        return crypto.decrypt(self.former_serial_encrypted) if self.former_serial_encrypted else ""

    @property
    def former_hashes(self) -> SerialHashes | None:
        """The hashes under which the replaced code is stored."""
        if self.former_radio is None:
            return None
        serial = self.former_radio.canonical(self.former_serial)
        return SerialHashes.of(self.former_radio, serial, self.order.brand_id)

    @property
    def words(self) -> str:
        """What staff wrote to the customer when they closed it."""
        return crypto.decrypt(self.words_encrypted) if self.words_encrypted else ""
