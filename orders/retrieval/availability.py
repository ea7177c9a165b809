"""How fast a code will come, as it is told before the customer pays.

No source is asked and nothing is decrypted: it is looked up whether the serial was sold before or
stands in the code book, and whether the supplier takes it and works just now. A serial that we know
costs the same queries as one that we do not.

Whoever asks learns whether we have the code of a serial. That is not the code, but lists of serials
must not be gone through like that: a place may ask for AVAILABILITY_PER_ADDRESS_HOUR different ones
and all places together, as addresses are cheap, for AVAILABILITY_PER_HOUR. Beyond that nothing is
looked up, and the radio's usual promise stands.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from orders.lib import crypto
from orders.lib.redis import FallbackStore, RedisUnavailableError, Store
from orders.models import Radio, Source
from orders.retrieval.code_book import entries
from orders.retrieval.earlier_orders import sold_before
from orders.retrieval.supplier import serves
from orders.serials import Kind, Reading

HOUR = timedelta(hours=1)
# serials of which one client network, and all together, may learn the availability in an hour
AVAILABILITY_PER_ADDRESS_HOUR = 10
AVAILABILITY_PER_HOUR = 300
MEMORY = FallbackStore()


@dataclass(frozen=True)
class Seconds:
    """A source that answers at once has it, or calculates it."""


@dataclass(frozen=True)
class Person:
    """None of them has it. `hours` are those of the desk's working time."""

    hours: int


@dataclass(frozen=True)
class Unsure:
    """It cannot be known, or must not be told, before it is asked for."""


Availability = Seconds | Person | Unsure


def promise(radio: Radio, reading: Reading | None, network: str) -> str:
    """What the order form promises a place that typed this; for a serial that was recognised, of
    this very one."""
    if reading is None or reading.kind != Kind.RECOGNISED:
        return radio.promise
    return in_words(told_to(network, radio, reading.serial), radio)


def in_words(found: Availability, radio: Radio) -> str:
    match found:
        case Seconds():
            words = _("The code comes within seconds of your payment. Should it be held up, %s")
            return words % radio.otherwise
        case Person():
            return _("A person looks for the code of this radio, for up to %s.") % radio.desk_time
        case Unsure():
            return radio.promise


def told_to(network: str, radio: Radio, serial: str) -> Availability:
    """Without Redis nobody could count, nor is a worker woken who would come within seconds."""
    serial_hash = crypto.hash_serial(radio.brand_id, radio.canonical(serial))
    try:
        may_know = MEMORY.with_redis(lambda store: _count(store, network, serial_hash))
    except RedisUnavailableError:
        may_know = False
    return availability(radio, serial) if may_know else Unsure()


def _count(store: Store, network: str, serial_hash: str) -> bool:
    """Whether this place may know of this serial. Told once, it is told for the rest of the hour:
    a form that is read again and again asks for one serial."""
    hour = f"availability:{timezone.now():%Y-%m-%dT%H}"
    place = f"{hour}:{crypto.hash_value('network', network)}"
    seen = f"{place}:{serial_hash}"
    if store.get(seen) is not None:
        return True
    if store.count(place, HOUR) > AVAILABILITY_PER_ADDRESS_HOUR:
        return False
    if store.count(hour, HOUR) > AVAILABILITY_PER_HOUR:
        return False
    store.put(seen, "", HOUR)
    return True


def availability(radio: Radio, serial: str) -> Availability:
    hashes = crypto.hashes_of_serial(radio.brand_id, radio.canonical(serial))
    # all of it in any case: how long an answer takes must not tell what it is
    was_sold = sold_before(hashes).exists()
    is_in_book = Source.CODE_BOOK in radio.sources and entries(hashes).exists()
    is_supplied = serves(radio, serial)
    if was_sold or is_in_book or is_supplied:
        return Seconds()
    if is_supplied is None or Source.DESK not in radio.sources:
        return Unsure()
    return Person(radio.promised_hours)
