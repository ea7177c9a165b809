"""Says before the customer pays how fast a code will come.

One promise, wherever it stands: on guides, the home page, the order form and beside its button.
"Seconds" is said where a code is certain to come at once, "usually" where a provider calculates it.

No provider is asked and nothing is decrypted: we compute the code, look up whether the serial was
sold before or is in the code book, and whether the supplier accepts it and works now. Known and
unknown serials cost the same queries.

The answer shows whether we have the code of a serial. To keep lists of serials from being tried, a
client network may ask for AVAILABILITY_PER_ADDRESS_HOUR different ones, and all networks together
for AVAILABILITY_PER_HOUR, as addresses are cheap. Beyond that nothing is looked up, and the radio's
usual promise is shown.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import timedelta
from enum import IntEnum

from django.utils import timezone
from django.utils.translation import gettext as _

from guides.content_version import Kept
from orders.lib import crypto
from orders.lib.redis import FallbackStore, RedisUnavailableError, Store
from orders.models import FamilyState, Provider, Radio, SerialHashes
from orders.retrieval.code_book import entries
from orders.retrieval.earlier_orders import known_codes
from orders.retrieval.families import family_of, released_code, released_families
from orders.retrieval.supplier import can_answer
from orders.serials import Kind, Reading

HOUR = timedelta(hours=1)
# serials of which one client network, and all together, may learn the availability in an hour
AVAILABILITY_PER_ADDRESS_HOUR = 10
AVAILABILITY_PER_HOUR = 300
MEMORY = FallbackStore()
AS_LONG_AS_IT_IS_TYPED = {Kind.EMPTY, Kind.INCOMPLETE, Kind.DOUBTFUL}


class Speed(IntEnum):
    """How fast a code comes; the slowest first."""

    STAFF = 0  # one of us looks it up
    USUALLY = 1  # a provider calculates it, if it works and takes this serial
    SECONDS = 2  # certainly


def promise(radios: Sequence[Radio]) -> str:
    """Return the promise for these radios, while no serial is known."""
    return in_words(_speed_of_all(radios, released_families()), radios)


def _speed_of_all(radios: Sequence[Radio], released: Collection[str]) -> Speed:
    named = [radio for radio in radios if not radio.is_fallback] or radios
    speeds = {usual_speed(radio, released) for radio in named} or {Speed.STAFF}
    some_are_slower = len(speeds) > 1 or len(radios) > len(named)
    return min(max(speeds), Speed.USUALLY) if some_are_slower else max(speeds)


def _speeds_of_brands() -> dict[int, tuple[Speed, list[Radio]]]:
    radios: dict[int, list[Radio]] = defaultdict(list)
    for radio in Radio.objects.filter(is_on_sale=True):
        radios[radio.brand_id].append(radio)
    released = released_families()
    return {brand: (_speed_of_all(rows, released), rows) for brand, rows in radios.items()}


# what is said while a serial is typed: each process keeps it until radios or families change
_of_brands: Kept[dict[int, tuple[Speed, list[Radio]]]] = Kept()
NOTHING: tuple[Speed, list[Radio]] = (Speed.STAFF, [])


def promise_for(radio: Radio, reading: Reading | None, network: str) -> str:
    """Return the promise of the order form: for a serial, what is true of this one."""
    if reading is None or reading.kind in AS_LONG_AS_IT_IS_TYPED:
        return in_words(*_of_brands.get(_speeds_of_brands).get(radio.brand_id, NOTHING))
    if reading.sold_key is None:
        return promise([radio])
    return in_words(speed_for_client(network, radio, reading.serial), [radio])


def promise_unasked(radio: Radio, reading: Reading) -> str:
    """Return what may be said of a serial to anybody: nothing is looked up."""
    if reading.sold_key is None:
        return promise([radio])
    return in_words(speed_unasked(radio, reading), [radio])


def speed_unasked(radio: Radio, reading: Reading) -> Speed:
    is_computed = released_code(radio, radio.canonical(reading.serial)) is not None
    return Speed.SECONDS if is_computed else _speed_of_supplier(radio)


def in_words(speed: Speed, radios: Sequence[Radio]) -> str:
    if speed == Speed.SECONDS:
        return _("Your code comes within seconds of your payment.")
    slowest = max(radios, key=lambda radio: radio.promised_hours, default=Radio())
    has_desk = not radios or any(Provider.DESK in radio.sources for radio in radios)
    if has_desk and speed == Speed.USUALLY:
        words = _(
            "Your code usually comes within seconds. If not, one of us looks it up within %s."
        )
    elif has_desk:
        words = _("One of us looks up your code within %s.")
    elif speed == Speed.USUALLY:
        return _("Your code usually comes within seconds. If not, you pay nothing.")
    else:
        return _("If we have your code, it comes within seconds. If not, you pay nothing.")
    return words % slowest.desk_time


def usual_speed(radio: Radio, released: Collection[str]) -> Speed:
    """Return what the radio's providers can do, whatever its serial is."""
    if radio.code_family in released:
        return Speed.SECONDS
    is_supplied = Provider.SUPPLIER in radio.sources and Provider.SUPPLIER.is_on
    return Speed.USUALLY if is_supplied else Speed.STAFF


def speed_for_client(network: str, radio: Radio, serial: str) -> Speed:
    """Without Redis requests cannot be counted, and no worker is enqueued within seconds."""
    serial = radio.canonical(serial)
    serial_hash = SerialHashes.of(radio, serial).family[0]
    # that a code is computed shows nothing of what we know
    is_computed = released_code(radio, serial) is not None
    usual = _speed_of_supplier(radio)
    try:
        may_know = MEMORY.with_redis(lambda store: _count(store, network, serial_hash))
    except RedisUnavailableError:
        return Speed.USUALLY if is_computed else usual
    if is_computed:
        return Speed.SECONDS
    return speed(radio, serial) if may_know else usual


def _speed_of_supplier(radio: Radio) -> Speed:
    """Return the speed of a serial that is not computed."""
    family = family_of(radio.code_family)
    if family and family.state == FamilyState.RELEASED:
        return Speed.STAFF  # no provider is asked after the method
    return usual_speed(radio, ())


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


def speed(radio: Radio, serial: str) -> Speed:
    """Return how fast the code of a canonical serial comes that is not computed."""
    hashes = SerialHashes.of(radio, serial)
    # always all three, so that the time of the answer does not reveal it
    was_sold = known_codes(radio, serial, hashes).exists()
    is_in_book = Provider.CODE_BOOK in radio.sources and entries(hashes).exists()
    is_supplied = can_answer(radio, serial)
    if was_sold or is_in_book:
        return Speed.SECONDS
    # None: the supplier did not work, and may work again
    return Speed.STAFF if is_supplied is False else _speed_of_supplier(radio)
