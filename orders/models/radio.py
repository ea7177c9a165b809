from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from guides.content_version import Kept
from guides.models import Brand, Loaded, unique_key
from orders import business_hours
from orders.lib.letters import check_letters
from orders.models.serial_hashes import code_family
from orders.money import (
    CURRENCIES,
    LARGEST_CHARGE,
    format_money,
    number_text,
    smallest_charge,
    smallest_step,
)
from orders.serials import Catalogue, Grammar, Shape, Trap
from orders.serials.confusables import Pattern
from orders.serials.supplier_models import SupplierModel, is_taken

# the slug of the brand under which makes are ordered that the shop has no brand for
ANOTHER_MAKE = "another-make"


class Provider(models.TextChoices):
    """Who provides codes; a radio lists its providers in the order in which they are asked."""

    CODE_BOOK = "code_book", _("code book")
    SUPPLIER = "supplier", _("supplier")
    DESK = "desk", _("staff desk")

    @property
    def is_on(self) -> bool:
        """Whether it can be asked: the supplier needs a key."""
        return self != Provider.SUPPLIER or bool(settings.PELOCK_API_KEY)


class Need(models.TextChoices):
    """What a provider needs beside the serial."""

    SECOND_NUMBER = "second_number", _("second number")
    DEVICE_NUMBER = "device_number", _("device number")
    DATE_ON_SCREEN = "date_on_screen", _("date on screen")
    # asked for once the order is at the desk, and no field of the order form
    PHOTO = "photo", _("photo of the label")


def price_fault(amount: int, currency: str) -> str:
    """Return why Stripe would refuse to charge this price, or an empty text."""
    least, step = smallest_charge(currency), smallest_step(currency)
    if amount < least:
        words = gettext("Stripe refuses payments below %s in this currency.")
        return words % format_money(least, currency)
    if amount > LARGEST_CHARGE:
        words = gettext("Stripe refuses payments above %s in this currency.")
        return words % format_money(LARGEST_CHARGE, currency)
    if amount % step:
        return gettext("Stripe takes only multiples of %s.") % step
    return ""


def check_price(price: int) -> None:
    if fault := price_fault(price, settings.CURRENCY):
        raise ValidationError(fault)


def check_prices(prices: Any) -> None:
    """In the files and in the admin alike: currencies that Stripe takes, amounts that it takes."""
    if not isinstance(prices, dict):
        raise ValidationError(_('Write it like this: {"gbp": 1299}.'), code="shape")
    for currency, amount in prices.items():
        if currency not in CURRENCIES:
            raise ValidationError(_("“%s” is no currency that can be charged.") % currency)
        if currency == settings.CURRENCY:
            raise ValidationError(_("“%s” is the currency of the price itself.") % currency)
        if not isinstance(amount, int) or isinstance(amount, bool) or amount <= 0:
            raise ValidationError(_("%s: a price is a whole number above 0.") % currency)
        if fault := price_fault(amount, currency):
            raise ValidationError(f"{currency}: {fault}")


def no_codes() -> list[str]:
    """Answers that stand for "no code"; leave the list empty if a radio has such a code."""
    return ["0000"]


class Radio(Loaded):
    """A head unit that is sold as a product, known by the shape of its serial.

    A brand's fallback radio has no pattern: it takes every serial that nothing else recognised, and
    goes to the staff desk.
    """

    SHOWN_BY = "brand__radios"

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="radios")
    name = models.CharField(
        max_length=80, validators=[check_letters], help_text=_("As the customer reads it.")
    )
    pattern = models.CharField(
        max_length=200, blank=True, help_text=_("Of the normalised serial: upper case, no spaces.")
    )
    lenient_pattern = models.CharField(
        max_length=200,
        blank=True,
        help_text=_("Accepted too, where the strict pattern may be too strict."),
    )
    line_pattern = models.CharField(
        max_length=200, blank=True, default="", db_default="",
        help_text=_("A longer line of the label or the display that holds the serial, in a group."),
    )  # fmt: skip
    prefix = models.CharField(max_length=20, blank=True)
    length = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Characters of a whole serial.")
    )
    example = models.CharField(
        max_length=40, blank=True, help_text=_("Invented; only its shape is real.")
    )
    canonical_pattern = models.CharField(
        max_length=200, blank=True,
        help_text=_(
            "Where people write one serial in several ways: what its groups hold, joined, is the "
            "one that counts. U1234L5678 and 12345678 are one radio by ^U?(\\d{4})L?(\\d{4})$. "
            "Orders and code book entries made before a change of it are not found again."
        ),
    )  # fmt: skip
    family = models.CharField(
        _("family of codes"), max_length=40, blank=True, default="", db_default="",
        help_text=_(
            "Radios of one family share their codes: vag for Volkswagen, Audi, Škoda and SEAT. "
            "Empty: this radio shares none. Changed later, earlier orders are not found again."
        ),
    )  # fmt: skip
    needs = models.JSONField(default=list, blank=True)
    second_number_label = models.CharField(max_length=80, blank=True)
    second_number_pattern = models.CharField(max_length=200, blank=True)
    second_number_shape = models.CharField(
        max_length=80, blank=True, default="", db_default="",
        help_text=_("The same in words, such as: it starts with C7."),
    )  # fmt: skip
    device_number_pattern = models.CharField(max_length=200, blank=True)
    device_number_shape = models.CharField(
        max_length=80, blank=True, default="", db_default="",
        help_text=_("The same in words, such as: ten digits, starting with 7612."),
    )  # fmt: skip
    code_pattern = models.CharField(
        max_length=100, default=r"^\d{4}$", help_text=_("What a code looks like.")
    )
    code_shape = models.CharField(
        max_length=80, help_text=_("The same in words, such as: four digits.")
    )
    placeholders = models.JSONField(
        default=no_codes, blank=True, help_text=_("Of the shape of a code, but none: 0000.")
    )
    sources = models.JSONField(default=list)
    supplier_model = models.CharField(max_length=40, blank=True, choices=SupplierModel)
    supplier_pattern = models.CharField(
        max_length=200, blank=True,
        help_text=_("Of what stands on the radio, the supplier is told what the groups hold."),
    )  # fmt: skip
    desk_hours = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)],
        help_text=_("That a person has to find its code; empty for what the shop promises."),
    )  # fmt: skip
    price = models.PositiveIntegerField(
        validators=[check_price], help_text=_("In minor units: cents.")
    )
    prices = models.JSONField(
        default=dict, blank=True, validators=[check_prices],
        help_text=_('In other currencies, in their minor units: {"gbp": 1299, "jpy": 2400}.'),
    )  # fmt: skip
    is_on_sale = models.BooleanField(default=True)
    is_fallback = models.BooleanField(default=False)
    facts = models.JSONField(default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            unique_key("brand", "radio_key"),
            models.UniqueConstraint(
                fields=["brand"],
                condition=models.Q(is_fallback=True),
                name="one_fallback_radio_a_brand",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def currency(self) -> str:
        return str(settings.CURRENCY)

    @property
    def currencies(self) -> list[str]:
        """Its own first, then the others that a customer may choose."""
        return [self.currency, *(name for name in self.prices if name != self.currency)]

    def price_in(self, currency: str) -> int:
        return self.price if currency == self.currency else int(self.prices[currency])

    def price_faults(self) -> Iterator[str]:
        """Why Stripe would refuse to charge its prices, such as after a change of CURRENCY."""
        for currency in self.currencies:
            if fault := price_fault(self.price_in(currency), currency):
                yield f"{currency}: {fault}"

    @property
    def price_text(self) -> str:
        return format_money(self.price, self.currency)

    @property
    def other_prices(self) -> str:
        """What it costs in the currencies that a customer may choose instead."""
        others = self.currencies[1:]
        return ", ".join(format_money(self.price_in(name), name) for name in others)

    @property
    def promised_hours(self) -> int:
        return self.desk_hours or int(settings.DESK_HOURS)

    @property
    def desk_time(self) -> str:
        """How long staff look for the code: "24 hours", or working hours and their times."""
        return business_hours.promise(self.promised_hours)

    @property
    def price_number(self) -> str:
        """The price as machines read it: 14.99."""
        return number_text(self.price, self.currency)

    @property
    def code_family(self) -> str:
        return code_family(self)

    def canonical(self, serial: str) -> str:
        """Return the one spelling of a serial that is stored and compared."""
        return Pattern(self.canonical_pattern).joined(serial) or serial

    def serial_for_supplier(self, serial: str) -> str | None:
        """Return the serial as the supplier takes it, or None if it cannot."""
        if not self.supplier_pattern:
            return serial
        return Pattern(self.supplier_pattern).joined(self.canonical(serial)) or None

    def wrong_supply(self) -> tuple[str, str] | None:
        """Return the field and the fault of settings with which the supplier cannot be asked."""
        if (Provider.SUPPLIER in self.sources) != bool(self.supplier_model):
            return "supplier_model", gettext("the source “supplier” and a model go together")
        if not self.supplier_model:
            return None
        if self.supplier_model not in SupplierModel.values:
            return "supplier_model", gettext("is none that the shop asks for")
        serial = self.serial_for_supplier(self.example) or ""
        if not is_taken(SupplierModel(self.supplier_model), serial):
            words = gettext("does not make of the example what the supplier takes")
            return "supplier_pattern", words
        return None

    @property
    def shape(self) -> Shape:
        return Shape(
            key=self.pk, name=self.name, pattern=self.pattern, lenient_pattern=self.lenient_pattern,
            prefix=self.prefix, length=self.length, example=self.example,
            line_pattern=self.line_pattern, is_answered=computes(self.sources),
        )  # fmt: skip


class NotASerial(Loaded):
    """A number that people type instead of the serial, such as a VIN."""

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="not_serials")
    what = models.CharField(max_length=80)
    pattern = models.CharField(max_length=200)
    tell = models.CharField(
        max_length=300, help_text=_("What to do instead, in the customer's words.")
    )
    facts = models.JSONField(default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("number that is no serial")
        verbose_name_plural = _("numbers that are no serial")
        constraints = [unique_key("brand", "not_a_serial_key")]

    def __str__(self) -> str:
        return self.what

    @property
    def trap(self) -> Trap:
        return Trap(what=self.what, pattern=self.pattern, tell=self.tell)


def computes(sources: Collection[str]) -> bool:
    """Return whether one of these providers has a code for whatever fits."""
    return not {Provider.CODE_BOOK, Provider.DESK}.issuperset(sources)


def shapes_of(brand: Brand) -> tuple[list[Shape], list[Trap]]:
    """Return what `serials.read` needs to know of a brand."""
    radios: Any = brand.radios.filter(is_on_sale=True).exclude(pattern="")
    return [radio.shape for radio in radios], [row.trap for row in brand.not_serials.all()]


def catalogue() -> Catalogue:
    """Return the grammars of all brands that sell; each process keeps them while they stay."""
    return _catalogue.get(_make_catalogue)


def _make_catalogue() -> Catalogue:
    shapes: dict[int, list[Shape]] = defaultdict(list)
    traps: dict[int, list[Trap]] = defaultdict(list)
    on_sale = Radio.objects.filter(is_on_sale=True)
    for radio in on_sale:
        if radio.pattern:
            shapes[radio.brand_id].append(radio.shape)
    for row in NotASerial.objects.all():
        traps[row.brand_id].append(row.trap)
    brands = Brand.objects.filter(pk__in=on_sale.values("brand"))
    return Catalogue(
        Grammar(brand.slug, brand.name, shapes[brand.pk], traps[brand.pk]) for brand in brands
    )


_catalogue: Kept[Catalogue] = Kept()


def canonical_of_any_radio(serial: str) -> str:
    """Return the canonical spelling of a serial whose brand is unknown."""
    ruled = Radio.objects.exclude(canonical_pattern="").order_by()
    rules = ruled.values_list("canonical_pattern", flat=True).distinct()
    return next((meant for rule in rules if (meant := Pattern(rule).joined(serial))), serial)
