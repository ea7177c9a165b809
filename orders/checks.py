"""System checks of what is sold: `manage.py check --database default` and the admin's page
"Checks".
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register

from guides.checks import may_read
from guides.models import Fact, LegalText
from orders.desk.photos import decoder_fault
from orders.lib.letters import missing_letters
from orders.models import Order, Radio
from orders.privacy.published_periods import missing_periods, period
from orders.serials.confusables import Pattern, pattern_fault


@register("content")
def radios(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Check the radios; the admin and the files refuse most of this, other ways in do not."""
    if not may_read(databases):
        return []
    known = set(Fact.objects.values_list("key", flat=True))
    return [
        Warning(message, obj=radio, id="orders.W001")
        for radio in Radio.objects.all()
        for message in wrong_with(radio, known)
    ]


@register("content")
def privacy_page(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Check that the privacy page names the periods that the settings set."""
    if not may_read(databases):
        return []
    return [
        Warning(
            f"the page does not say {period(name)}, which is {name}",
            hint="Change the page in the admin (Legal texts), or the setting.",
            obj=page,
            id="orders.W002",
        )
        for page in LegalText.objects.filter(slug="privacy")
        for name in missing_periods(page.body)
    ]


@register("content")
def order_links(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Check that the update from version 1.0 was finished."""
    if not may_read(databases) or not Order.links_are_in_clear():
        return []
    hint = "Run manage.py finish_update once no process of version 1.0 is left."
    return [Warning("links of orders are stored in clear", hint=hint, id="orders.W004")]


@register(Tags.security, deploy=True)
def photo_decoder(**kwargs: Any) -> list[CheckMessage]:
    """Check that customers' photos can be decoded: without seccomp they are refused."""
    if not (fault := decoder_fault()):
        return []
    hint = "The decoder needs Linux with seccomp filters, and Debian's package libseccomp2."
    return [Warning(f"customers' photos are refused: {fault}", hint=hint, id="orders.W003")]


def wrong_with(radio: Radio, known: set[str]) -> Iterator[str]:
    faults = {
        field.name: fault
        for field in radio._meta.fields
        if field.name.endswith("pattern") and (fault := pattern_fault(getattr(radio, field.name)))
    }
    for name, fault in faults.items():
        yield f"its {name} is broken: {fault}"
    if radio.pattern and not faults and not Pattern(radio.pattern).fits(radio.example):
        yield f"its pattern does not fit its own example “{radio.example}”"
    for wrong_price in radio.price_faults():
        yield f"its price is refused: {wrong_price}"
    if missing := missing_letters(radio.name):
        yield f"its name has letters that receipts cannot show: {missing}"
    if wrong := radio.wrong_supply():
        yield f"{wrong[0]}: {wrong[1]}"
    if unknown := [key for key in radio.facts if key not in known]:
        yield f"rests on facts that are not there: {', '.join(unknown)}"
