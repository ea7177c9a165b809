from orders.serials.extract import LONGEST_TYPED, normalise
from orders.serials.grammar import Grammar, Shape, Trap
from orders.serials.reading import (
    Candidate,
    Catalogue,
    Kind,
    Mark,
    Offer,
    Reading,
    name_brands,
    read,
    strength,
    understand,
)
from orders.serials.templates import LONGEST
