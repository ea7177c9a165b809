"""Reports errors to Sentry: class, place in the code, request id and order number only.

Sentry is an external service. So a report is built from the fields named here instead of removing
known secrets: no variables, bodies, cookies, headers or addresses, no texts of exceptions, no
arguments of tasks, no breadcrumbs. Our own log has the rest, under the request's id.
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
from shop.observability.logs import harmless_text, mask

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
    with suppress(BadDsn):  # shop/checks/watching.py reports it
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
    if entry := given.get("logentry"):  # the message of our code, without its arguments
        bare["logentry"] = {"message": mask(str(entry.get("message", "")))}
    if errors := given.get("exception", {}).get("values"):
        bare["exception"] = {"values": [bare_error(each) for each in errors]}
        if raised := (hint.get("exc_info") or (None, None))[1]:
            bare["exception"]["values"][-1]["value"] = mask(harmless_text(raised))
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
