"""Errors told to Sentry: what kind, where in the code, of which request and order. Nothing else.

Sentry is somebody else's machine. So a report is made anew from what is named here, instead of
taking out what is known to be secret: no variables, no bodies, cookies, headers or addresses, no
texts of exceptions (see logs.py), no arguments of tasks, and nothing of what came before: that
stands in our own log, under the request's id.
"""

from contextlib import suppress
from typing import Any

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.types import Event, Hint
from sentry_sdk.utils import BadDsn

from orders.lib.log_context import log_context
from shop.observability.logs import mask, words_of

PLAIN = (
    "event_id", "timestamp", "platform", "level", "logger", "release", "environment", "server_name",
    "sdk", "modules", "type",
)  # fmt: skip
FRAME = (
    "filename", "abs_path", "function", "module", "lineno", "in_app", "pre_context",
    "context_line", "post_context",
)  # fmt: skip
Part = dict[str, Any]


def start() -> None:
    with suppress(BadDsn):  # told by shop/checks/watching.py
        sentry_sdk.init(
            dsn=settings.SENTRY_DSN,
            # else SENTRY_ENVIRONMENT; the library reads SENTRY_RELEASE, too
            environment="demo" if settings.DEMO else None,
            before_send=bare_event,
            max_breadcrumbs=0,
            send_default_pii=False,
            include_local_variables=False,
            max_request_body_size="never",
            auto_session_tracking=False,
            # others patch what asks Stripe and the supplier, or read command lines
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[
                AtexitIntegration(),
                DedupeIntegration(),
                DjangoIntegration(transaction_style="function_name", signals_spans=False),
                CeleryIntegration(),
                LoggingIntegration(level=None),  # errors that are logged are reported as well
            ],
        )


def bare_event(event: Event, hint: Hint) -> Event | None:
    given: Part = dict(event)
    bare = named(given, PLAIN)
    bare["tags"] = log_context()
    if "transaction" in given:
        bare["transaction"] = mask(str(given["transaction"]))
    if url := given.get("request", {}).get("url"):
        bare["request"] = {"method": given["request"].get("method", ""), "url": mask(str(url))}
    if entry := given.get("logentry"):  # what our code says, without what it says it of
        bare["logentry"] = {"message": mask(str(entry.get("message", "")))}
    if errors := given.get("exception", {}).get("values"):
        bare["exception"] = {"values": [bare_error(each) for each in errors]}
        if raised := (hint.get("exc_info") or (None, None))[1]:
            bare["exception"]["values"][-1]["value"] = mask(words_of(raised))
    return bare  # type: ignore[return-value]


def bare_error(error: Part) -> Part:
    bare = named(error, ("type", "module")) | {"value": ""}
    if mechanism := error.get("mechanism"):
        bare["mechanism"] = named(mechanism, ("type", "handled", "exception_id", "parent_id"))
    if frames := (error.get("stacktrace") or {}).get("frames"):
        bare["stacktrace"] = {"frames": [named(frame, FRAME) for frame in frames]}
    return bare


def named(part: Part, names: tuple[str, ...]) -> Part:
    return {name: part[name] for name in names if name in part}
