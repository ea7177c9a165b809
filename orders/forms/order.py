from collections.abc import Collection, Sequence
from typing import Any, Self

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from guides.models import Brand, Shows, Symptom
from guides.search import brands_by_name, joined
from orders.forms.car import offer_cars
from orders.forms.currency import likely_currencies
from orders.forms.layout import NOT_SOLD, OrderFields, order_helper
from orders.forms.needs import ask_what_it_needs
from orders.forms.photos import FormPhotos
from orders.forms.serial import LONGEST_TYPED, radio_for, read_serial
from orders.instructions import answer_to, entry_steps, guides_of, meaning_of, states_of
from orders.legal import TERMS_APPLY, terms_shown
from orders.lib.client_address import client_address, network_of
from orders.lib.mail_typos import likely_address
from orders.models import ANOTHER_MAKE, Need, Radio
from orders.money import format_money, with_sign
from orders.payments.methods import methods_notice
from orders.retrieval.availability import promise_for
from orders.serials import Kind, Reading, normalise
from orders.serials.confusables import Pattern

# What goes along to another brand's form. The ticks do not: they are about the order itself.
TYPED = ("shows", "serial", "second_number", "device_number", "date_on_screen", "car", "email",
         "currency")  # fmt: skip


def again(reading: Reading) -> str:
    """Word what becomes of the serial if it is sent again as it is."""
    if reading.kind == Kind.TO_CONFIRM:
        return _("If it is on the label of this radio, press Pay again.")
    return _("If the label really says this, press Pay again and one of us will check it.")


class NothingSoldError(Http404):
    """The shop sells no code for this brand, and its `advice` says why."""

    def __init__(self, brand: Brand) -> None:
        super().__init__()
        self.brand = brand


class OrderForm(OrderFields):
    """Everything that a code needs. `form_key` makes a form that is sent twice one order."""

    def __init__(
        self,
        *args: Any,
        brand: Brand,
        fallback: Radio,
        address: str | None = None,
        currencies: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        """`fallback`'s price is shown until the serial is known; `address` is the client's.

        `currencies` are those of the client's country.
        """
        super().__init__(*args, **kwargs)
        self.brand = brand
        self.fallback = fallback
        self.address = address
        self.likely_email: str | None = None
        self.asked_car = offer_cars(self, brand)
        self.asked_model = self.asked_car.model if self.asked_car else None
        for name, error in (
            ("shows", _("Tell us what the display shows; it decides whether a code can help.")),
            ("serial", _("Type the serial number. The guide shows where it is.")),
            ("email", _("We need an address to send the code to.")),
        ):
            self.fields[name].error_messages["required"] = error
        self.is_another_make = brand.slug == ANOTHER_MAKE
        self.fields["make_typed"].required = self.is_another_make
        self.helper = order_helper(brand)
        typed = str(self["serial"].value() or "")[:LONGEST_TYPED]
        self.reading = read_serial(typed, brand)
        self.radio = radio_for(self.reading, brand)
        self.guides = guides_of(brand, self.asked_model)
        self.photos = FormPhotos.of(self["form_key"].value(), brand, address)
        if not self.guides:
            words = _("Type the serial number. It is on the label on the radio's case.")
            self.fields["serial"].error_messages["required"] = words
        ask_what_it_needs(self.fields, self.radio, self.needs)
        self._offer_currencies(currencies)
        self._offer_states()

    @classmethod
    def of_brand(cls, slug: str, request: HttpRequest) -> Self:
        """Bind what was posted, or fill in what a link to the form says. Raises Http404."""
        about = cls._about(slug, request)
        if request.method == "POST":
            typed = request.POST.copy()
            if better := typed.get("use_email"):
                typed["email"] = better
            return cls(typed, **about)
        asked = request.GET
        car = "/".join(filter(None, (asked.get("model"), asked.get("generation"))))
        initial = {"car": car, "shows": asked.get("shows"), "serial": asked.get("serial"),
                   "currency": asked.get("currency"), "make_typed": asked.get("make")}  # fmt: skip
        return cls(initial=initial, **about)

    @classmethod
    def filled_in(cls, slug: str, request: HttpRequest, form_keys: Collection[str]) -> Self:
        """Fill in what was posted: `q` of the search, or a form with the serial to `use`.

        One of this browser's `form_keys` is kept, and with it the form's photos. Raises Http404.
        """
        typed = request.POST
        initial = {name: typed[name] for name in TYPED if typed.get(name)}
        if typed.get("form_key") in form_keys:
            initial["form_key"] = typed["form_key"]
        if serial := typed.get("use") or typed.get("q"):
            initial["serial"] = serial[:LONGEST_TYPED]
        return cls(initial=initial, **cls._about(slug, request))

    @classmethod
    def with_photos(cls, slug: str, request: HttpRequest) -> Self:
        """Keep the photos that were sent, and fill in what was typed and what they say.

        Raises Http404.
        """
        about, typed = cls._about(slug, request), request.POST
        photos = FormPhotos.of(typed.get("form_key"), about["brand"], about["address"])
        photos.keep(request)
        photos.wait()
        initial = {name: typed[name] for name in cls.base_fields if typed.get(name)}
        if not initial.get("serial") and len(photos.serials) == 1:
            initial["serial"] = photos.filled_in = photos.serials[0]
        form = cls(initial=initial, **about)
        form.photos = photos
        return form

    @staticmethod
    def _about(slug: str, request: HttpRequest) -> dict[str, Any]:
        """Raises NothingSoldError, and Http404."""
        brand = get_object_or_404(Brand, slug=slug)
        on_sale = Radio.objects.filter(brand=brand, is_on_sale=True)
        fallback = on_sale.order_by("-is_fallback", "position", "pk").first()
        if fallback is None:
            raise NothingSoldError(brand) if brand.advice else Http404
        return {
            "brand": brand,
            "fallback": fallback,
            "address": client_address(request),
            "currencies": likely_currencies(request),
        }

    def page(self) -> dict[str, Any]:
        """Return the context of the form's page and of the live check."""
        return {
            "form": self,
            "brand": self.brand,
            "car_model": self.asked_model,
            "car": self.asked_car,
            "car_name": f"{self.brand} {self.asked_model or ''}".strip(),
            "has_steps": bool(entry_steps(self.shown_radio, self.asked_model)),
            "radio": self.shown_radio,
            "price_text": self.price_text,
            "price_shown": self.price_shown,
            "promise": promise_for(self.shown_radio, self.reading, network_of(self.address)),
            "reading": self.reading,
            "needs": self.needs,
            "ways": methods_notice(self.chosen_currency, is_uncertain=self.is_another_make),
            "terms_apply": TERMS_APPLY,
            "advice": answer_to(self.guides, str(self["shows"].value() or "")),
            "has_guide": bool(self.guides),
            "make": self["make_typed"].value() or _("car") if self.is_another_make else self.brand,
            "brands_with_forms": self._other_brands() if self.is_another_make else [],
        }

    def _other_brands(self) -> QuerySet[Brand]:
        """Return the brands that have an order form of their own."""
        on_sale = Radio.objects.filter(is_on_sale=True).exclude(brand=self.brand)
        return Brand.objects.filter(pk__in=on_sale.values("brand"))

    @property
    def brand_of_make(self) -> Brand | None:
        """Return the brand of the shop that has the typed make, if there is one."""
        if not self.is_another_make:
            return None
        brands = Brand.objects.exclude(pk=self.brand.pk)
        return brands_by_name(brands).get(joined(str(self["make_typed"].value() or "")))

    # ------------------------------------------------------------------ what the radio needs
    @property
    def needs(self) -> list[str]:
        """Return what it needs beside the serial, once one was typed.

        Of an unknown serial no photo is required: who insists on it orders, and staff ask.
        """
        if self.radio is None or self.reading.kind == Kind.EMPTY:
            return []
        is_known = self.reading.sold_key is not None
        return [need for need in self.radio.needs if is_known or need != Need.PHOTO]

    def _offer_currencies(self, likely: Sequence[str]) -> None:
        field: Any = self.fields["currency"]
        offered = self.shown_radio.currencies
        if not self.initial.get("currency"):
            self.initial["currency"] = next((name for name in likely if name in offered), "")
        field.choices = [(name, with_sign(name)) for name in offered]
        if len(offered) == 1:
            field.widget = forms.HiddenInput()

    def _offer_states(self) -> None:
        """What this car's radios can show, in the guide's words."""
        field: Any = self.fields["shows"]
        field.choices = [field.choices[0], *states_of(self.guides)]

    @property
    def shown_radio(self) -> Radio:
        return self.radio or self.fallback

    @property
    def chosen_currency(self) -> str:
        """Return the chosen currency, or the radio's own if it is not sold in that one."""
        chosen = str(self["currency"].value() or "")
        return chosen if chosen in self.shown_radio.currencies else self.shown_radio.currency

    @property
    def price_text(self) -> str:
        currency = self.chosen_currency
        return format_money(self.shown_radio.price_in(currency), currency)

    @property
    def price_shown(self) -> str:
        """Return what `price_seen` must hold on the page that is rendered now."""
        currency = self.chosen_currency
        return f"{self.shown_radio.price_in(currency)} {currency}"

    # ------------------------------------------------------------------ checks
    def clean_make_typed(self) -> str:
        brand = self.brand_of_make
        if brand and brand.advice and not brand.radios.filter(is_on_sale=True).exists():
            raise forms.ValidationError(brand.advice, code="not_sold")
        return " ".join(self.cleaned_data["make_typed"].split()) if self.is_another_make else ""

    def clean_model_typed(self) -> str:
        return " ".join(self.cleaned_data["model_typed"].split()) if self.is_another_make else ""

    def clean_shows(self) -> str:
        shows = Shows(self.cleaned_data["shows"])
        meaning = meaning_of(self.guides, shows)
        if meaning and meaning.code_helps == Symptom.CodeHelps.NO:
            raise forms.ValidationError(meaning.answer, code="not_sold")
        if shows in NOT_SOLD:
            raise forms.ValidationError(NOT_SOLD[shows], code="not_sold")
        return str(shows)

    def clean_serial(self) -> str:
        reading = self.reading
        if reading.is_refused:
            raise forms.ValidationError(f"{reading.message} {reading.advice}", code="not_a_serial")
        insists = normalise(str(self.data.get("serial_seen", ""))) == reading.serial
        if reading.is_questioned and not insists:
            self.remember("serial_seen", reading.serial)
            raise forms.ValidationError(f"{reading.message} {again(reading)}", code=reading.kind)
        if self.radio is None:
            raise forms.ValidationError(_("We do not sell a code for this radio."), code="not_sold")
        return reading.serial

    def remember(self, name: str, value: Any) -> None:
        """Put a value into the posted data, so that the page that goes back contains it."""
        data: Any = self.data
        self.data = data.copy()
        self.data[name] = value  # type: ignore[index]  # a QueryDict that was copied

    def clean_email(self) -> str:
        """Question once an address that looks like a slip."""
        email = str(self.cleaned_data["email"])
        self.likely_email = likely_address(email)
        if self.likely_email and self.data.get("email_seen") != email:
            self.remember("email_seen", email)
            words = _("Did you mean %(likely)s? If %(typed)s is right, press Pay again.")
            names = {"likely": self.likely_email, "typed": email}
            raise forms.ValidationError(words % names, code="typo")
        return email

    def clean_second_number(self) -> str:
        return self._fitting("second_number", _("That does not look like the second number"))

    def clean_device_number(self) -> str:
        return self._fitting("device_number", _("That does not look like a device number"))

    def _fitting(self, name: str, refusal: str) -> str:
        """Return the number as this radio's rule wants it; the refusal quotes that rule."""
        number = normalise(self.cleaned_data[name])
        pattern = getattr(self.radio, f"{name}_pattern", "")
        if number and pattern and not Pattern(pattern).fits(number):
            shape = getattr(self.radio, f"{name}_shape")
            words = f"{refusal}: {shape}." if shape else f"{refusal}."
            raise forms.ValidationError(words, code="shape")
        return number

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self._check_photos()
        self._check_terms(data.get("terms_seen"))
        self._check_price(data.get("price_seen"))
        return data

    def _check_photos(self) -> None:
        for fault in self.photos.faults:
            self.add_error("label_photo", fault)
        if Need.PHOTO in self.needs and self.photos.is_missing:
            words = _("This radio needs a photo of its label. Take one, or choose a file.")
            self.add_error("label_photo", words)
        self.photos.filled_in = str(self.data.get("photo_serial", ""))
        is_as_read = normalise(self.photos.filled_in) == self.reading.serial != ""
        self.photos.is_compared = bool(self.data.get("is_compared"))
        if is_as_read and not self.photos.is_compared and "serial" not in self.errors:
            words = _("Compare the serial number with the label, and tick that they are the same.")
            self.add_error("serial", words)

    def _check_price(self, seen: str | None) -> None:
        """Refuse if the button showed another price.

        Without JavaScript the button knows neither the serial's radio nor the currency, and staff
        may have changed the price. With other errors the form goes back anyway, and shows the right
        price.
        """
        if seen and seen != self.price_shown and not self.errors:
            self.add_error(
                None,
                _(
                    "The price of this code is %(price)s. The button said another one; now it "
                    "says this. Send the form again if you agree."
                )
                % {"price": self.price_text},
            )

    def _check_terms(self, seen: int | None) -> None:
        terms = terms_shown() if seen else None
        if terms and terms.pk != seen:
            self.remember("terms_seen", terms.pk)
            self.add_error(
                None,
                _(
                    "Our terms of sale were changed while you filled this in. Please read them, "
                    "and send the form again."
                ),
            )
