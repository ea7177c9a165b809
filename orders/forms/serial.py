"""What a customer typed as a serial number, and the radio that is sold for it."""

from guides.models import Brand
from orders.models import Radio, shapes_of
from orders.serials import Kind, Reading, read

LONGEST_TYPED = 60  # characters of a serial field that are looked at
# Not sold, however often it is sent.
REFUSED = {Kind.EMPTY, Kind.NOT_A_SERIAL, Kind.UNREADABLE}
# Questioned once; sent again unchanged, staff check it.
QUESTIONED = {Kind.DOUBTFUL, Kind.INCOMPLETE}


def read_serial(typed: str, brand: Brand) -> Reading:
    return read(typed, *shapes_of(brand))


def radio_for(reading: Reading, brand: Brand) -> Radio | None:
    """Return the radio for a serial; the brand's fallback if no shape was recognised."""
    radios = Radio.objects.filter(brand=brand, is_on_sale=True)
    if reading.kind == Kind.RECOGNISED and reading.shape:
        return radios.filter(pk=reading.shape.key).first()
    return radios.filter(is_fallback=True).first()
