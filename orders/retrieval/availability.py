"""Says before the customer pays how fast a code will come.

No provider is asked and nothing is decrypted: we look up whether the serial was sold before or is
in the code book, and whether the supplier accepts it and works now. Known and unknown serials cost
the same queries.

The answer shows whether we have the code of a serial. To keep lists of serials from being tried, a
client network may ask for AVAILABILITY_PER_ADDRESS_HOUR different ones, and all networks together
for AVAILABILITY_PER_HOUR, as addresses are cheap. Beyond that nothing is looked up, and the radio's
usual promise is shown.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from orders.lib import crypto
from orders.lib.redis import FallbackStore, RedisUnavailableError, Store
from orders.models import Provider, Radio, SerialHashes
from orders.retrieval.code_book import entries
from orders.retrieval.earlier_orders import sold_before
from orders.retrieval.supplier import can_answer
from orders.serials import Kind, Reading

HOUR = timedelta(hours=1)
# serials of which one client network, and all together, may learn the availability in an hour
AVAILABILITY_PER_ADDRESS_HOUR = 10
AVAILABILITY_PER_HOUR = 300
MEMORY = FallbackStore()


@dataclass(frozen=True)
class Seconds:
    """A provider that answers at once has the code, or calculates it."""


@dataclass(frozen=True)
class NeedsStaff:
    """No provider has the code. `hours` are working hours of the desk."""

    hours: int


@dataclass(frozen=True)
class Unknown:
    """The providers must be asked first, or this client has asked for too many serials."""


Availability = Seconds | NeedsStaff | Unknown


def promise(radio: Radio, reading: Reading | None, network: str) -> str:
    """Return the promise of the order form: for a recognised serial, what is true of this one."""
    if reading is None or reading.kind != Kind.RECOGNISED:
        return radio.promise
    return as_text(availability_for_client(network, radio, reading.serial), radio)


def as_text(found: Availability, radio: Radio) -> str:
    match found:
        case Seconds():
            words = _("The code comes within seconds of your payment. Should it be held up, %s")
            return words % radio.otherwise
        case NeedsStaff():
            return _("A person looks for the code of this radio, for up to %s.") % radio.desk_time
        case Unknown():
            return radio.promise


def availability_for_client(network: str, radio: Radio, serial: str) -> Availability:
    """Without Redis requests cannot be counted, and no worker is enqueued within seconds."""
    serial_hash = SerialHashes.of(radio, radio.canonical(serial)).family[0]
    try:
        may_know = MEMORY.with_redis(lambda store: _count(store, network, serial_hash))
    except RedisUnavailableError:
        may_know = False
    return availability(radio, serial) if may_know else Unknown()


def _count(store: Store, network: str, serial_hash: str) -> bool:
    """Count the serial, and return whether this client network may know its availability.

    A serial is counted once an hour: the form asks for the same one again and again.
    """
    hour = f"availability:{timezone.now():%Y-%m-%dT%H}"
    client = f"{hour}:{crypto.hash_value('network', network)}"
    seen = f"{client}:{serial_hash}"
    if store.get(seen) is not None:
        return True
    if store.count(client, HOUR) > AVAILABILITY_PER_ADDRESS_HOUR:
        return False
    if store.count(hour, HOUR) > AVAILABILITY_PER_HOUR:
        return False
    store.put(seen, "", HOUR)
    return True


def availability(radio: Radio, serial: str) -> Availability:
    hashes = SerialHashes.of(radio, radio.canonical(serial))
    # always all three, so that the time of the answer does not reveal it
    was_sold = sold_before(hashes).exists()
    is_in_book = Provider.CODE_BOOK in radio.sources and entries(hashes).exists()
    is_supplied = can_answer(radio, serial)
    if was_sold or is_in_book or is_supplied:
        return Seconds()
    if is_supplied is None or Provider.DESK not in radio.sources:
        return Unknown()
    return NeedsStaff(radio.promised_hours)
