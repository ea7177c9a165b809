# mypy: allow-subclassing-any
"""django-axes counts wrong passwords and second factors, by name and client network together.

Tries for one name from many networks lock no account, but staff are alerted. All tries from one
network are limited before they are counted here: see REQUESTS_PER_MINUTE.
"""

import logging
from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_login_failed
from django.db.models import Max, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.lib import crypto
from orders.lib.client_address import client_address, network_of
from orders.models import Alert, raise_alert

logger = logging.getLogger(__name__)


class AttemptHandler(AxesDatabaseHandler):
    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any
    ) -> None:
        super().user_login_failed(sender, credentials, request, **kwargs)
        name = get_client_username(request, credentials)
        outcome = "locked" if request.axes_locked_out else "wrong"
        log_sign_in(credentials.get("factor", "password"), outcome, name)
        of_name = AccessAttempt.objects.filter(username=name)
        failures = of_name.aggregate(sum=Sum("failures_since_start"))["sum"] or 0
        if failures >= settings.AXES_FAILURE_LIMIT:
            alert_staff(name)


def username(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The name that axes counts by, as long as its column."""
    return str((credentials or request.POST).get("username", "")).casefold()[:255]


def client_network(request: HttpRequest) -> str | None:
    """The address that axes counts by: for IPv6 the first of the client's /64."""
    return network_of(client_address(request)).partition("/")[0] or None


def is_locked(request: HttpRequest, name: str) -> bool:
    return not AxesProxyHandler.is_allowed(request, {"username": name})


def report_wrong(request: HttpRequest, name: str, factor: str) -> None:
    credentials = {"username": name, "factor": factor}
    user_login_failed.send(__name__, credentials=credentials, request=request)


def seconds_locked(request: HttpRequest, name: str) -> float:
    rows = AccessAttempt.objects.filter(
        username=username(request, {"username": name}), ip_address=client_network(request)
    )
    last = rows.aggregate(last=Max("attempt_time"))["last"] or timezone.now()
    left: timedelta = last + settings.AXES_COOLOFF_TIME - timezone.now()
    return max(left.total_seconds(), 1)


def log_sign_in(factor: str, outcome: str, name: str) -> None:
    """Log the name as its hash: a password may have been typed there by mistake."""
    fields = {"factor": factor, "outcome": outcome, "name": crypto.hash_value("sign-in", name)}
    logger.info("sign-in by %s: %s, name %s", *fields.values(), extra={"fields": fields})


def alert_staff(name: str) -> None:
    """Alerts only to names that exist: common names are tried on every site in the world."""
    user = get_user_model().objects.filter(username__iexact=name, is_staff=True).first()
    if user is None:
        return
    words = _(
        "Many tries to sign in as %s were wrong. The next ones from there are put off, nobody is "
        "locked out. If it was not they who mistyped, have them change their password, and see "
        "that they have a second factor."
    )
    raise_alert(Alert.Kind.SIGN_IN, f"sign-in:{user.pk}", words % user.get_username())
