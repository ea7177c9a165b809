# Celery's app must exist before a task is declared or sent.
from shop.celery import app as celery_app

__all__ = ["celery_app"]
