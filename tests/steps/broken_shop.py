"""A shop in which everything raises, with all at hand that must stay secret.

A process of its own, as Sentry's library lays hands on Django and Celery for good.
"""

import json
import logging
import os
from io import BytesIO
from typing import Any
from urllib.parse import urlencode
from wsgiref.types import WSGIApplication
from wsgiref.util import setup_testing_defaults

import django
from celery import current_app
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

logger = logging.getLogger("orders.broken")
GIVEN: dict[str, str] = json.loads(os.environ.get("GIVEN", "{}"))


@csrf_exempt
def fails(request: HttpRequest, number: str, token: str) -> HttpResponse:
    serial, code, email = (request.POST[name] for name in ("serial", "code", "email"))
    logger.error("order %s: %s of %s", number, code, email)
    raise ValueError(f"{serial} {code} {email} {request.build_absolute_uri()}")


def fails_later(serial: str, email: str) -> None:
    token = GIVEN["token"]
    try:
        raise KeyError(f"/orders/RC-7K3D-92QF/{token}/ {serial}")
    except KeyError as cause:
        raise RuntimeError(email) from cause


urlpatterns = [path("orders/<str:number>/<str:token>/", fails)]


def ask(application: WSGIApplication) -> None:
    """As gunicorn does, for a browser that sends all it has."""
    form = urlencode(GIVEN).encode()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"/orders/RC-7K3D-92QF/{GIVEN['token']}/",
        "QUERY_STRING": urlencode({"email": GIVEN["email"]}),
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(form)),
        "HTTP_HOST": "testserver",
        "HTTP_COOKIE": f"sessionid={GIVEN['session']}",
        "HTTP_AUTHORIZATION": f"Bearer {GIVEN['session']}",
        "HTTP_REFERER": f"http://testserver/orders/RC-7K3D-92QF/{GIVEN['token']}/",
        "HTTP_X_REQUEST_ID": "ab-12",
        "REMOTE_ADDR": GIVEN["address"],
        "wsgi.input": BytesIO(form),
    }
    setup_testing_defaults(environ)
    answer = application(environ, lambda status, headers, error=None: lambda body: None)
    list(answer)


def main() -> None:
    django.setup()
    settings.ROOT_URLCONF = __spec__.name
    ask(get_wsgi_application())
    task = current_app.task(name="tests.fails_later")(fails_later)
    task.apply((GIVEN["serial"],), {"email": GIVEN["email"]}, headers={"request_id": "ab-12"})


if __name__ == "__main__":
    main()
