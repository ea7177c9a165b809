"""Time passes: for our rows, and for the stand-in's books. Both clocks stay right, and what is
written in either moves into the past."""

from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import F

from orders.models import Payment
from sandbox.stripe.expiry import expire_due
from tests.steps.stripe import Stripe

# whatever Stripe's objects and the stand-in's own notes call a moment
MOMENTS = {"canceled_at", "capture_before", "created", "due_by", "ends", "expires_at"}


def grow_older(stripe: Stripe, by: timedelta) -> None:
    for model in apps.get_app_config("orders").get_models():
        fields = [f.name for f in model._meta.fields if isinstance(f, models.DateTimeField)]
        if fields:
            model._base_manager.update(**{name: F(name) - by for name in fields})
    for payment in Payment.objects.all():  # what Stripe would be asked once more
        Payment.objects.filter(pk=payment.pk).update(params=_older(payment.params, by))
    with stripe.world.working():
        store = stripe.world.store
        for kind in store.kinds():
            for item in store.all(kind):
                item.update(_older(item, by))
        expire_due(stripe.world)


def _older(value: Any, by: timedelta) -> Any:
    if isinstance(value, list):
        return [_older(each, by) for each in value]
    if not isinstance(value, dict):
        return value
    seconds = int(by.total_seconds())
    return {
        name: each - seconds if name in MOMENTS and isinstance(each, int) else _older(each, by)
        for name, each in value.items()
    }
