"""Celery tasks that make the calls of an order to others, and nothing else: no row, no state.

What the pipeline is measured against. Same settings of Celery, same client of Stripe's, the same
mail, byte for byte.
"""

import os
import smtplib
from functools import cache
from pathlib import Path

import psycopg
from celery import Celery
from django.conf import settings

from orders import stripe_api

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
app = Celery("bare", broker=os.environ["BARE_REDIS_URL"])
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(broker_url=os.environ["BARE_REDIS_URL"])  # the shop's own stands in its settings

LOOK_UP = "SELECT contents_encrypted FROM orders_codebookentry WHERE serial_hash = %s"


@cache
def database() -> "psycopg.Connection[tuple[str]]":
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


@cache
def mail() -> bytes:
    """One that the shop sent."""
    return Path(os.environ["BARE_MAIL"]).read_bytes()


@app.task
def hear(session_id: str) -> None:
    stripe_api.read_session(session_id)


@app.task
def find(session_id: str, serial_hash: str, to: str) -> None:
    assert database().execute(LOOK_UP, [serial_hash]).fetchone()
    settle.delay(session_id, to)


@app.task
def settle(session_id: str, to: str) -> None:
    session = stripe_api.read_session(session_id)
    stripe_api.capture(session.intent_id, session_id)
    send.delay(to)


@app.task(queue="mail")
def send(to: str) -> None:
    with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as server:
        server.sendmail(settings.DEFAULT_FROM_EMAIL, [to], mail())
