"""Checks until when our licence with the supplier of codes lasts."""

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.models import Alert, Licence, LicenceStatus, raise_alert
from orders.retrieval import pelock
from orders.retrieval.pelock import BadAnswerError, ErrorCode, NoAnswerError
from orders.retrieval.supplier import CIRCUIT

KINDS = {0: "personal", 1: "company"}
WARN_AT = (7, 30)  # days before it ends


def check_licence(licence: Licence) -> None:
    """Ask the supplier, store the answer, alert staff. Raises NoAnswerError and BadAnswerError."""
    try:
        status, kind, ends_on = read(pelock.ask("login"))
    except NoAnswerError as error:
        licence.record_failure(error.why)
        raise
    except BadAnswerError as error:
        licence.record_failure(error.why)
        words = _("The supplier of codes says nothing about our licence that makes sense: %s.")
        _alert("supplier:answers", words % error.why)
        raise
    licence.record_answer(status, kind, ends_on)
    if status == LicenceStatus.ACTIVE:
        CIRCUIT.close()
    warn(licence)


def read(reply: dict[str, Any]) -> tuple[LicenceStatus, str, date | None]:
    """Return status, kind and last day. Raises BadAnswerError."""
    if reply["error"] == ErrorCode.LICENCE:
        return LicenceStatus.ENDED, "", None
    licence = reply.get("license")
    if reply["error"] != ErrorCode.SUCCESS or not isinstance(licence, dict):
        raise BadAnswerError(f"error {reply['error']}, and no licence")
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
        _alert("supplier:licence", words)
    elif days is not None and licence.ends_on:
        for limit in WARN_AT:
            if days <= limit:
                _alert_once(f"licence:{licence.ends_on}:{limit}", ends_soon(licence.ends_on, days))
                return


def ends_soon(ends_on: date, days: int) -> str:
    left = ngettext("in one day", "in %(days)d days", days) % {"days": days}
    return _("The licence with the supplier of codes ends on %(date)s, %(left)s. Renew it.") % {
        "date": date_format(ends_on),
        "left": left,
    }


def _alert(key: str, text: str) -> None:
    raise_alert(Alert.Kind.SUPPLIER, key, text)


def _alert_once(key: str, text: str) -> None:
    """Alert staff, unless they have settled this alert before: the licence is checked daily."""
    if not Alert.objects.filter(key=key).exists():
        _alert(key, text)
