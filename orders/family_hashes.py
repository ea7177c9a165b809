"""Adds the hash within the family of codes to rows that have none.

A migration does it for all rows, and the sweep for those that processes of version 1.0 store
beside this one. Models are passed in, as a migration has its own. Goes with the next version, as
the hash within the brand does.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils import timezone

from orders import models
from orders.lib import crypto
from orders.lib.batches import SOME, windows
from orders.models import Status
from orders.models.attempt import LATELY
from orders.models.serial_hashes import code_family
from orders.serials.confusables import Pattern

WINDOW = 1_000  # rows of one transaction


def add_to_all(order: Any, code: Any, attempt: Any, entry: Any, radio: Any) -> None:
    """Go through whole tables; begun again, it goes on where it stopped."""
    for rows in windows(without_hash(order), WINDOW):
        add_to_orders(rows)
    for rows in windows(without_hash(code), WINDOW):
        add_to_codes(rows, order)
    for rows in windows(without_hash(attempt), WINDOW):
        add_to_attempts(rows, order)
    radios = radios_by_brand(radio)
    for rows in windows(without_hash(entry), WINDOW):
        add_to_entries(rows, radios)


def adopt_family_hashes() -> None:
    """For rows that processes of version 1.0 stored or changed."""
    add_to_orders(without_hash(models.Order)[:SOME])
    add_to_orders(waiting_with_corrected_serials())
    add_to_codes(without_hash(models.Code)[:SOME], models.Order)
    lately = models.Attempt.objects.filter(started_at__gte=timezone.now() - LATELY)
    add_to_attempts(without_hash(models.Attempt).filter(pk__in=lately.values("pk")), models.Order)
    entries = without_hash(models.CodeBookEntry)[:SOME]
    if entries:
        add_to_entries(entries, radios_by_brand(models.Radio))


def without_hash(model: Any) -> QuerySet[Any]:
    return model._base_manager.filter(family_hash="", serial_hash__gt="").order_by()  # type: ignore[no-any-return]


def waiting_with_corrected_serials() -> QuerySet[models.Order]:
    """Version 1.0 leaves the former serial's family hash when staff correct a serial."""
    waiting = models.Order.objects.filter(status__in=[Status.PLACED, Status.WITH_STAFF])
    return waiting.exclude(serial_typed_encrypted="")


# ------------------------------------------------------------------ each table
def add_to_orders(orders: QuerySet[Any]) -> None:
    changed = []
    for order in orders.select_related("radio"):
        hashed = order_family_hash(order)
        if order.family_hash != hashed:
            order.family_hash = hashed
            changed.append(order)
    store(changed, "family_hash")


def order_family_hash(order: Any) -> str:
    try:
        serial = crypto.decrypt(order.serial_encrypted)
    except crypto.UnreadableError:
        return unreadable(order)
    canonical = Pattern(order.radio.canonical_pattern).joined(serial) or serial
    return crypto.hashes_in_family(code_family(order.radio), canonical)[0]


def unreadable(row: Any) -> str:
    """Return a hash that fits no serial, so that the row is not tried again."""
    return crypto.hash_value("unreadable", str(row.pk))


def add_to_codes(codes: QuerySet[Any], order: Any) -> None:
    """A code is always of the serial that its order has."""
    of_order = order._base_manager.filter(pk=OuterRef("order"))
    pks = list(codes.values_list("pk", flat=True))
    codes.model._base_manager.filter(pk__in=pks).update(
        family_hash=Subquery(of_order.values("family_hash")[:1])
    )


def add_to_attempts(attempts: QuerySet[Any], order: Any) -> None:
    """An attempt may be of the serial before it was corrected; of that one, nothing is left."""
    of_order = order._base_manager.filter(pk=OuterRef("order"))
    pks = list(attempts.filter(order__serial_hash=F("serial_hash")).values_list("pk", flat=True))
    attempts.model._base_manager.filter(pk__in=pks).update(
        family_hash=Subquery(of_order.values("family_hash")[:1])
    )


def add_to_entries(entries: Iterable[Any], radios: dict[int, list[Any]]) -> None:
    changed = []
    for entry in entries:
        try:
            serial = crypto.decrypt(entry.contents_encrypted).split("\n", 1)[0]
        except crypto.UnreadableError:
            entry.family_hash = unreadable(entry)
        else:
            radio = radio_of(serial, radios[entry.brand_id])
            entry.family = code_family(radio) if radio else f"brand_{entry.brand_id}"
            entry.family_hash = crypto.hashes_in_family(entry.family, serial)[0]
        changed.append(entry)
    store(changed, "family", "family_hash")


def store(rows: list[Any], *names: str) -> None:
    """Store in the order of primary keys, so that two processes cannot wait for each other."""
    if rows:
        rows.sort(key=lambda row: row.pk)
        with transaction.atomic():
            type(rows[0])._base_manager.bulk_update(rows, names, batch_size=250)


# ------------------------------------------------------------------ whose serial
def radios_by_brand(radio: Any) -> dict[int, list[Any]]:
    """Return the radios of each brand, in the order in which a serial is compared with them."""
    found: dict[int, list[Any]] = defaultdict(list)
    for row in radio._base_manager.order_by("-is_on_sale", "position", "pk"):
        found[row.brand_id].append(row)
    return found


def radio_of(serial: str, radios: list[Any]) -> Any:
    """Return the radio that has such serials, or the brand's fallback."""
    return next(_fitting(serial, radios), None)


def _fitting(serial: str, radios: list[Any]) -> Iterator[Any]:
    for name in ("pattern", "lenient_pattern"):
        yield from (radio for radio in radios if Pattern(getattr(radio, name)).fits(serial))
    yield from (radio for radio in radios if radio.is_fallback)
