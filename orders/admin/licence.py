"""Our licence with the supplier of codes, as staff read it on the admin's first page."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.models import Licence, LicenceStatus

PRESSING = 30  # days


def licence_shown() -> dict[str, Any] | None:
    """None where the shop has no key, and so no licence."""
    if not settings.PELOCK_API_KEY:
        return None
    licence = Licence.objects.filter(pk=1).first() or Licence(pk=1)
    days = licence.days_left
    is_ending = days is not None and days <= PRESSING
    return {
        "text": " ".join(sentences(licence)),
        "is_bad": is_ending or licence.status == LicenceStatus.ENDED or bool(licence.trouble),
    }


def sentences(licence: Licence) -> Iterator[str]:
    words = [licence.get_status_display()]
    if licence.kind:
        words.append(licence.get_kind_display())
    if licence.ends_on:
        words.append(until(licence.ends_on, licence.days_left or 0))
    yield _("Licence with the supplier of codes: %s.") % ", ".join(map(str, words))
    if licence.checked_at:
        yield _("Asked %s ago.") % timesince(licence.checked_at, depth=1)
    if licence.trouble:
        yield _("Asked in vain since then: %s.") % licence.trouble


def until(ends_on: date, days: int) -> str:
    shown = date_format(ends_on)
    if days < 0:
        return _("ended on %(date)s") % {"date": shown}
    left = ngettext("in one day", "in %(days)d days", days) % {"days": days}
    return _("ends on %(date)s, %(left)s") % {"date": shown, "left": left}
