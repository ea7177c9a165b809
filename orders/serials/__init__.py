"""Recognise and explain serials: pure functions, no database, no request.

`read` judges one number by the shapes of one brand; `understand` is for what owners type;
`name_brands` does so for all brands.
"""

from orders.serials.extract import LONGEST_TYPED, normalise
from orders.serials.grammar import Grammar, Shape, Trap
from orders.serials.misreading import aligned, is_misreading
from orders.serials.reading import Candidate, Catalogue, Kind, Mark, Offer, Reading, grouped
from orders.serials.rules import read
from orders.serials.templates import LONGEST
from orders.serials.typed import name_brands, strength, understand
