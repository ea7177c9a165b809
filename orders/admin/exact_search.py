"""What staff look for, mostly whole: an order's number as it is said on the phone, an address, an
id of Stripe. That is found by an index, however many orders there are; parts of it are found too,
by reading all rows."""

import re
from functools import reduce
from operator import or_
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from orders.admin.read_only import ReadOnlyAdmin
from orders.lib.mailbox import canonical
from orders.lib.text import trim
from orders.lib.typed_number import order_number

ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
STRIPE_ID = re.compile(r"[a-z]{2,4}_\w{10,}")


class FoundWhole(ReadOnlyAdmin):
    number_field: ClassVar = "order__number"
    address_lookup: ClassVar = ""
    stripe_ids: ClassVar[list[str]] = []

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if number := order_number(term):
            return queryset.filter(**{self.number_field: number}), False
        if self.address_lookup and ADDRESS.fullmatch(trim(term)):
            return queryset.filter(**{self.address_lookup: canonical(term)}), False
        if self.stripe_ids and STRIPE_ID.fullmatch(term):
            return queryset.filter(reduce(or_, (Q(**{id: term}) for id in self.stripe_ids))), False
        return super().get_search_results(request, queryset, term)  # type: ignore[no-any-return]
