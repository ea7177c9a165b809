"""Lists of codes on their way into the code book, and what became of them."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guides.models import Brand
from orders.leases import DONE, Work, due, due_index, enqueue, without_lease
from orders.state_machine import Stateful, move


class ImportStatus(models.TextChoices):
    READING = "reading", _("being read")
    READ = "read", _("read")
    STOPPED = "stopped", _("not read")
    UNDOING = "undoing", _("being undone")
    UNDONE = "undone", _("undone")


class Import(Stateful, Work):
    """A list of codes. The work that waits on it is reading an upload, or undoing a list."""

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
    # the entry that the undoing looked at last; version 0.9 read lists in slices and kept all three
    place = models.PositiveBigIntegerField(default=0, editable=False)
    size = models.PositiveBigIntegerField(default=0, editable=False)
    line = models.PositiveBigIntegerField(default=0, editable=False)
    sheet = models.CharField(max_length=40, blank=True, db_default="", editable=False)
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
    def known_or_conflicts(self) -> int:
        """Apart, the two would tell who guesses a code whether it was right."""
        return self.known + self.conflicts

    @property
    def may_be_undone(self) -> bool:
        is_in_book = self.added > 0 or self.status == ImportStatus.READING
        return is_in_book and self.status in self.MOVES["undo"].sources

    # ------------------------------------------------------------------ the moves
    def end_reading(self, **counts: Any) -> bool:
        return self._end("end_reading", **counts)

    def stop(self, why: str) -> bool:
        """The list cannot be read, and nothing of it was stored."""
        return self._end("stop", trouble=why[:300])

    def _end(self, name: str, **changes: Any) -> bool:
        with transaction.atomic():
            won = self.make_move(
                name, only_if=self.lease_is_valid, ended_at=timezone.now(), **changes, **DONE
            )
            if won:
                self.parts.all().delete()
        return won

    def give_up(self) -> None:
        """Workers began again and again and came to no end: their logs say why. What is being
        undone goes on hourly."""
        why = _("Reading it failed again and again.")
        if not self.make_move("stop", only_if=without_lease(), trouble=str(why), **DONE):
            self.make_due(timezone.now() + settings.BACKOFF_MOST)

    def undo(self, by: User | None = None) -> bool:
        """Take its entries out of the book again. A worker that is reading it stores nothing then:
        its lease is lost."""
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
    """A piece of an uploaded list, encrypted, until it is read.

    In the database, because web process and worker may be on two machines.
    """

    SIZE: ClassVar = 256 * 1024  # bytes of the list

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    contents_encrypted = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "number"], name="one_part_a_place")]

    def __str__(self) -> str:
        return f"{self.of_id}, {self.number}"


class Remark(models.Model):
    """What became of one row, without its serial and code."""

    class Kind(models.TextChoices):
        BROKEN = "broken", _("not used")
        CONFLICT = "conflict", _("conflict")
        REPAIRED = "repaired", _("used, please check")
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
