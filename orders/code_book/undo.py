"""A list, taken out of the book again."""

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from orders.lib import crypto
from orders.models import Code, CodeBookEntry, Comparison, Import, Provider, Remark

BATCH = 1_000


def undo_list(job: Import) -> None:
    """Takes the entries out batch by batch, and ends when the lease is lost.

    A process that is killed costs a batch.
    """
    while entries := list(job.entries.filter(pk__gt=job.place).order_by("pk")[:BATCH]):
        with transaction.atomic():
            if not take_out(entries, job):
                transaction.set_rollback(True)
                return
    Comparison.objects.filter(came_with=job).delete()
    job.end_undoing()


def take_out(entries: list[CodeBookEntry], job: Import) -> bool:
    """What was sold from the book stays there, as it was sold."""
    orders = sold_with(entries)
    CodeBookEntry.objects.filter(
        pk__in=[entry.pk for entry in entries if entry.pk not in orders]
    ).delete()
    for pk, number in orders.items():
        words = _("%(entry)s stays: order %(order)s was served with it.")
        text = words % {"entry": CodeBookEntry(pk=pk), "order": number}
        Remark.objects.create(of=job, kind=Remark.Kind.KEPT, text=text)
    return job.keep(
        place=entries[-1].pk,
        removed=F("removed") + len(entries) - len(orders),
        kept=F("kept") + len(orders),
        claimed_until=Now() + settings.CLAIM_LASTS,
        tries=0,  # something was recorded
    )


def sold_with(entries: list[CodeBookEntry]) -> dict[int, str]:
    """Entries by which an order was served, with the last such order's number.

    During a change of keys, code and entry may be hashed under different ones.
    """
    entry_of = {each: entry.pk for entry in entries for each in _hashes(entry)}
    codes = Code.objects.filter(source=Provider.CODE_BOOK).order_by("pk")
    numbers: dict[int, str] = {}
    for column in ("serial_hash", "family_hash"):
        found = codes.filter(**{f"{column}__in": entry_of}).values_list(column, "order__number")
        numbers |= {entry_of[each]: number for each, number in found}
    return numbers


def _hashes(entry: CodeBookEntry) -> list[str]:
    in_brand = crypto.hashes_of_serial(entry.brand_id, entry.serial)
    in_family = crypto.hashes_in_family(entry.family, entry.serial) if entry.family else []
    return in_brand + in_family
