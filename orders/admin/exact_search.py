"""What staff look for, mostly whole: an order's number as it is said on the phone, an address, an
id of Stripe. That is found by an index, however many orders there are; parts of it are found too,
by reading all rows."""

import re
from functools import reduce
from operator import or_
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from guides.models import Brand
from orders.admin.read_only import ReadOnlyAdmin
from orders.lib.crypto import hashes_in_family, hashes_of_serial
from orders.lib.mailbox import canonical
from orders.lib.text import trim
from orders.lib.typed_number import order_number
from orders.models import Radio, canonical_of_any_radio, catalogue, code_family
from orders.serials import name_brands, normalise

SHORTEST = 4  # characters of a serial: a pre-code
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
STRIPE_ID = re.compile(r"[a-z]{2,4}_\w{10,}")


class FoundWhole(ReadOnlyAdmin):
    number_field: ClassVar = "order__number"
    address_lookup: ClassVar = ""
    stripe_ids: ClassVar[list[str]] = []
    finds_serials: ClassVar = False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        serial = of_serial(term) if self.finds_serials else None
        if serial and (found := queryset.filter(serial)).exists():
            return found, False
        if number := order_number(term):
            return queryset.filter(**{self.number_field: number}), False
        if self.address_lookup and ADDRESS.fullmatch(trim(term)):
            return queryset.filter(**{self.address_lookup: canonical(term)}), False
        if self.stripe_ids and STRIPE_ID.fullmatch(term):
            return queryset.filter(reduce(or_, (Q(**{id: term}) for id in self.stripe_ids))), False
        return super().get_search_results(request, queryset, term)  # type: ignore[no-any-return]


def of_serial(typed: str) -> Q | None:
    """Select the rows about a serial as it is typed: alone, or with words of its label.

    It is hashed within every family, since a serial does not tell its own.
    """
    serial = normalise(typed)
    if len(serial) < SHORTEST or not any(char.isdigit() for char in serial):
        return None
    ways = {serial} | {each.reading.serial for each in name_brands(typed, catalogue())}
    ways |= {canonical_of_any_radio(way) for way in ways}
    brands = list(Brand.objects.values_list("pk", flat=True))
    families = {code_family(radio) for radio in Radio.objects.only("family")}
    families |= {f"brand_{brand}" for brand in brands}
    in_family = [each for name in families for way in ways for each in hashes_in_family(name, way)]
    in_brand = [each for brand in brands for way in ways for each in hashes_of_serial(brand, way)]
    return Q(family_hash__in=in_family) | Q(family_hash="", serial_hash__in=in_brand)
