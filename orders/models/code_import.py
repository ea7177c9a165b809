"""Lists of codes on their way into the code book, and what became of them."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guides.models import Brand
from orders.leases import DONE, Work, due, due_index, enqueue, without_lease
from orders.state_machine import Stateful, move


class ImportStatus(models.TextChoices):
    READING = "reading", _("being read")
    READ = "read", _("read")
    STOPPED = "stopped", _("not read to its end")
    UNDOING = "undoing", _("being undone")
    UNDONE = "undone", _("undone")


class Import(Stateful, Work):
    """A list of codes. The work that waits on it is reading it, or undoing it, slice by slice."""

    TASK = "orders.tasks.import_codes"
    MOVES: ClassVar = {
        "end_reading": move(ImportStatus.READING, to=ImportStatus.READ),
        "stop": move(ImportStatus.READING, to=ImportStatus.STOPPED),
        "undo": move(
            ImportStatus.READING, ImportStatus.READ, ImportStatus.STOPPED, to=ImportStatus.UNDOING
        ),
        "end_undoing": move(ImportStatus.UNDOING, to=ImportStatus.UNDONE),
    }

    name = models.CharField(_("file"), max_length=120, editable=False)
    status = models.CharField(
        max_length=8, choices=ImportStatus, default=ImportStatus.READING, editable=False
    )
    # how to read it
    brand = models.ForeignKey(
        Brand, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    pads_codes = models.BooleanField(default=False, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+", editable=False,
    )  # fmt: skip
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    undone_at = models.DateTimeField(null=True, blank=True, editable=False)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+", editable=False,
    )  # fmt: skip
    # where to go on, and where the end is (0: not known): bytes of CSV, rows of a spreadsheet;
    # while it is undone, the entry that was looked at last
    place = models.PositiveBigIntegerField(default=0, editable=False)
    size = models.PositiveBigIntegerField(default=0, editable=False)
    line = models.PositiveBigIntegerField(default=0, editable=False)
    trouble = models.CharField(max_length=300, blank=True, editable=False)
    # what became of its rows
    rows = models.PositiveBigIntegerField(default=0, editable=False)
    added = models.PositiveBigIntegerField(_("new"), default=0, editable=False)
    known = models.PositiveBigIntegerField(_("known already"), default=0, editable=False)
    repeated = models.PositiveBigIntegerField(default=0, editable=False)
    conflicts = models.PositiveBigIntegerField(_("in conflict"), default=0, editable=False)
    broken = models.PositiveBigIntegerField(_("not used"), default=0, editable=False)
    repaired = models.PositiveBigIntegerField(default=0, editable=False)
    # and of its entries, once it was undone
    removed = models.PositiveBigIntegerField(default=0, editable=False)
    kept = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["-pk"]
        indexes = [due_index("import_due")]
        verbose_name = _("list of codes")
        verbose_name_plural = _("lists of codes")

    def __str__(self) -> str:
        return self.name

    @property
    def is_moving(self) -> bool:
        return self.status in (ImportStatus.READING, ImportStatus.UNDOING)

    @property
    def may_be_undone(self) -> bool:
        is_in_book = self.added > 0 or self.status == ImportStatus.READING
        return is_in_book and self.status in self.MOVES["undo"].sources

    @property
    def percent(self) -> int | None:
        """How far it is read; None where that is not known."""
        return min(100 * self.place // self.size, 100) if self.size else None

    # ------------------------------------------------------------------ the moves
    @classmethod
    def begin(cls, name: str, brand: Brand | None, pads_codes: bool) -> "Import":
        """For a command that reads the list itself, now. Should it be killed, its claim ends, and
        a worker finds that there is nothing to go on with."""
        job = cls.objects.create(
            name=name[:120], brand=brand, pads_codes=pads_codes, due_at=Now(),
            claim_token=uuid.uuid4(), claimed_until=Now() + settings.CLAIM_LASTS,
        )  # fmt: skip
        job.refresh_from_db()
        return job

    def end_reading(self) -> bool:
        return self._end("end_reading", "")

    def stop(self, why: str) -> bool:
        """Nothing more of it can be read; what was read stays."""
        return self._end("stop", why)

    def _end(self, name: str, trouble: str) -> bool:
        with transaction.atomic():
            won = self.make_move(
                name,
                only_if=self.lease_is_valid,
                ended_at=timezone.now(),
                trouble=trouble[:300],
                **DONE,
            )
            if won:
                self.parts.all().delete()
        return won

    def give_up(self) -> None:
        """Workers began a slice again and again and came to no end: a person reads why, in their
        logs. What is being undone goes on hourly."""
        why = _("Reading it failed again and again. What was read stays.")
        if not self.make_move("stop", only_if=without_lease(), trouble=str(why), **DONE):
            self.make_due(timezone.now() + settings.BACKOFF_MOST)

    def undo(self, by: User | None = None) -> bool:
        """Take its entries out of the book again. While it is being read, that ends first: the
        reader's claim does not stand any more, and what it stores last is rolled back."""
        with transaction.atomic():
            if won := self.make_move("undo", place=0, undone_by=by, **due()):
                self.parts.all().delete()
                enqueue(self)
        return won

    def end_undoing(self) -> bool:
        return self.make_move(
            "end_undoing", only_if=self.lease_is_valid, undone_at=timezone.now(), **DONE
        )


class ImportPart(models.Model):
    """A piece of an uploaded list, encrypted, until it is read. In the database, because that is
    all that the web process and the worker, on two machines perhaps, have in common."""

    SIZE: ClassVar = 256 * 1024  # bytes of the list

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    contents_encrypted = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "number"], name="one_part_a_place")]

    def __str__(self) -> str:
        return f"{self.of_id}, {self.number}"


class Remark(models.Model):
    """What is told of one row, without its serial and code."""

    class Kind(models.TextChoices):
        BROKEN = "broken", _("not used")
        CONFLICT = "conflict", _("conflict")
        REPAIRED = "repaired", _("put right")
        REPEATED = "repeated", _("twice in the list")
        KEPT = "kept", _("kept")

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="remarks")
    kind = models.CharField(max_length=8, choices=Kind)
    line = models.PositiveBigIntegerField(null=True)
    text = models.CharField(max_length=300)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.line}: {self.text}"
