"""Whether the supplier of codes still serves us, and until when."""

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.models import Alert, Licence, LicenceStatus, tell_staff
from orders.retrieval import pelock
from orders.retrieval.pelock import NonsenseError, Told, TroubleError
from orders.retrieval.supplier import CIRCUIT

KINDS = {0: "personal", 1: "company"}
WARN_AT = (7, 30)  # days before it ends


def look_at_licence(licence: Licence) -> None:
    """Ask, keep the answer, and tell staff what they must do about it. Raises TroubleError and
    NonsenseError."""
    try:
        status, kind, ends_on = read(pelock.ask("login"))
    except TroubleError as trouble:
        licence.was_asked_in_vain(trouble.why)
        raise
    except NonsenseError as nonsense:
        licence.was_asked_in_vain(nonsense.why)
        words = _("The supplier of codes says nothing about our licence that makes sense: %s.")
        _tell("supplier:answers", words % nonsense.why)
        raise
    licence.was_told(status, kind, ends_on)
    if status == LicenceStatus.ACTIVE:
        CIRCUIT.close()
    warn(licence)


def read(told: dict[str, Any]) -> tuple[LicenceStatus, str, date | None]:
    """Raises NonsenseError."""
    if told["error"] == Told.LICENCE:
        return LicenceStatus.ENDED, "", None
    licence = told.get("license")
    if told["error"] != Told.SUCCESS or not isinstance(licence, dict):
        raise NonsenseError(f"error {told['error']}, and no licence")
    try:
        ends_on = date.fromisoformat(licence.get("expirationDate") or "")
    except (TypeError, ValueError):
        ends_on = None
    is_active = licence.get("activationStatus") is True
    status = LicenceStatus.ACTIVE if is_active else LicenceStatus.ENDED
    return status, KINDS.get(licence.get("type", -1), ""), ends_on


def warn(licence: Licence) -> None:
    days = licence.days_left
    if licence.status == LicenceStatus.ENDED:
        words = _("The licence with the supplier of codes has ended or is refused. Renew it.")
        _tell("supplier:licence", words)
    elif days is not None and licence.ends_on:
        for limit in WARN_AT:
            if days <= limit:
                _tell_once(f"licence:{licence.ends_on}:{limit}", ends_soon(licence.ends_on, days))
                return


def ends_soon(ends_on: date, days: int) -> str:
    left = ngettext("in one day", "in %(days)d days", days) % {"days": days}
    return _("The licence with the supplier of codes ends on %(date)s, %(left)s. Renew it.") % {
        "date": date_format(ends_on),
        "left": left,
    }


def _tell(key: str, text: str) -> None:
    tell_staff(Alert.Kind.SUPPLIER, key, text)


def _tell_once(key: str, text: str) -> None:
    """Not every day again, once somebody has settled it."""
    if not Alert.objects.filter(key=key).exists():
        _tell(key, text)
