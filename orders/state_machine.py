"""The one mechanism by which a status changes.

A move is one conditional UPDATE plus one history row in the same transaction, and it returns
whether it won: the database decides every race. Nothing else assigns a status.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Move:
    """`sources` are the states that the move may leave, `target` the one it leads to."""

    sources: frozenset[str]
    target: str


def move(*sources: str, to: str) -> Move:
    return Move(frozenset(sources), to)


class History(models.Model):
    """Append-only: what happened to an order and to the rows that belong to it."""

    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="history")
    subject = models.CharField(max_length=20)  # order, payment, email
    subject_id = models.BigIntegerField()
    move = models.CharField(max_length=30)
    status = models.CharField(max_length=20)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name_plural = _("history")
        indexes = [models.Index(fields=["at"], name="history_at")]

    def __str__(self) -> str:
        return f"{self.subject} {self.move}"


class Stateful(models.Model):
    """A row with a status. `MOVES` is the table of what is allowed, the verbs are on the model."""

    MOVES: ClassVar[Mapping[str, Move]]

    status = models.CharField(max_length=13, editable=False)  # narrowed by each model
    # Counts every change of state, so that a page can see that it is stale.
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    @property
    def history_order_id(self) -> int | None:
        """The order in whose history this row's moves are written; None: in no history."""
        return None

    def make_move(
        self,
        name: str,
        *,
        by: User | None = None,
        note: str = "",
        only_if: Q | None = None,
        **changes: Any,
    ) -> bool:
        """Try the move `name`, with `changes` to other fields, only if `only_if` is true as well.

        Returns whether this call won. In both cases the row is then as the database has it.
        """
        rule = self.MOVES[name]
        # no savepoint: an exception here ends the caller's transaction
        with transaction.atomic(savepoint=False):
            won = (
                type(self)
                ._base_manager.filter(only_if or Q(), pk=self.pk, status__in=rule.sources)
                .update(status=rule.target, version=F("version") + 1, **changes)
                == 1
            )
            if won and self.history_order_id is not None:
                History.objects.create(
                    order_id=self.history_order_id,
                    subject=self._meta.model_name or "",
                    subject_id=self.pk,
                    move=name,
                    status=rule.target,
                    by=by,
                    note=note,
                )
        self.refresh_from_db()
        return won
