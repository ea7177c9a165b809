"""What the live check of a serial shows while it is typed, without building the whole form.

Brands, radios and what guides say of displays come from memory: each process keeps them until the
content changes. What is ordered is read afresh when the form is sent.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from guides.content_version import Kept
from guides.display import ANSWERS, State
from guides.models import Brand, Procedure, Symptom
from orders.forms.serial import LONGEST_TYPED, read_serial
from orders.instructions import fitting
from orders.legal import TERMS_APPLY
from orders.lib.client_address import client_address, network_of
from orders.models import ANOTHER_MAKE, Radio
from orders.money import format_money
from orders.payments.methods import methods_notice
from orders.retrieval.availability import promise_for
from orders.serials import Kind, Reading


@dataclass(frozen=True)
class Sold:
    """One brand: its radios on sale, and what the guide of a car model ("": the brand's) says."""

    brand: Brand
    radios: list[Radio] = field(default_factory=list)
    symptoms: dict[str, list[Symptom]] = field(default_factory=lambda: defaultdict(list))
    entry: dict[str, list[Procedure]] = field(default_factory=lambda: defaultdict(list))

    def radio_for(self, reading: Reading) -> Radio | None:
        if reading.sold_key is not None:
            return next((radio for radio in self.radios if radio.pk == reading.sold_key), None)
        return next((radio for radio in self.radios if radio.is_fallback), None)

    def advice(self, model: str, shows: str) -> Symptom | State | None:
        """Return what the guides say about this display, as `answer_to` does."""
        rows = [*(self.symptoms.get(model, []) if model else []), *self.symptoms.get("", [])]
        return next((row for row in rows if row.shows == shows), None) or ANSWERS.get(shows)

    def has_steps(self, model: str, radio: Radio) -> bool:
        """Whether the guides say how to enter a code on this radio."""
        return any(fitting(self.entry.get(slug, []), radio) for slug in {model, ""})


def live_check(slug: str, request: HttpRequest) -> dict[str, Any]:
    """Return the context of the answer. Raises Http404."""
    sold = _sold.get(_make).get(slug)
    if sold is None or not sold.radios:
        raise Http404
    typed = request.POST
    reading = read_serial(typed.get("serial", "")[:LONGEST_TYPED], sold.brand)
    radio = sold.radio_for(reading)
    shown = radio or next((each for each in sold.radios if each.is_fallback), sold.radios[0])
    currency = typed.get("currency", "")
    currency = currency if currency in shown.currencies else shown.currency
    price, model = shown.price_in(currency), typed.get("car", "").partition("/")[0]
    return {
        "brand": sold.brand,
        "has_steps": sold.has_steps(model, shown),
        "radio": shown,
        "price_text": format_money(price, currency),
        "price_shown": f"{price} {currency}",
        "promise": promise_for(shown, reading, network_of(client_address(request))),
        "reading": reading,
        "needs": list(radio.needs) if radio and reading.kind != Kind.EMPTY else [],
        "ways": methods_notice(currency, is_uncertain=slug == ANOTHER_MAKE),
        "make": (typed.get("make_typed") or _("car")) if slug == ANOTHER_MAKE else sold.brand,
        "terms_apply": TERMS_APPLY,
        "advice": sold.advice(model, typed.get("shows", "")),
    }


def _make() -> dict[str, Sold]:
    sold = {brand.pk: Sold(brand) for brand in Brand.objects.all()}
    for radio in Radio.objects.filter(is_on_sale=True).select_related("brand"):
        sold[radio.brand_id].radios.append(radio)
    rows = Symptom.objects.filter(guide__is_published=True, is_trouble=False).exclude(shows="")
    rows = rows.select_related("guide__car_model").order_by("position")
    for row in rows:
        sold[row.guide.brand_id].symptoms[_model(row)].append(row)
    entries = Procedure.objects.filter(kind=Procedure.Kind.ENTER)
    for entry in entries.select_related("guide__car_model"):
        sold[entry.guide.brand_id].entry[_model(entry)].append(entry)
    return {each.brand.slug: each for each in sold.values()}


def _model(row: Symptom | Procedure) -> str:
    return row.guide.car_model.slug if row.guide.car_model else ""


_sold: Kept[dict[str, Sold]] = Kept()
