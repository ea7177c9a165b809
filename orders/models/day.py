import datetime

from django.db import models
from django.db.models import Sum
from django.utils import timezone

SHARE_OF_DAYS = 90
ENOUGH_ORDERS = 100  # fewer make no share


class Day(models.Model):
    """The figures of one day in the shop's time zone, written nightly. No personal data.

    Orders count on the day they were placed, money on the day it moved.
    """

    date = models.DateField(unique=True)
    orders = models.PositiveIntegerField()
    within_minute = models.PositiveIntegerField()
    # after so many seconds half, and 95 of 100, of the codes were there
    median_seconds = models.PositiveIntegerField(null=True)
    late_seconds = models.PositiveIntegerField(null=True)
    waits = models.JSONField()  # orders by the name of their wait, see orders/figures.py
    providers = models.JSONField()  # codes by provider
    money = models.JSONField()  # by currency: earned, refunded, lost in minor units
    not_served = models.JSONField()  # orders without a code, by the radio's id

    class Meta:
        ordering = ["date"]

    def __str__(self) -> str:
        return str(self.date)

    @classmethod
    def last(cls, days: int) -> models.QuerySet["Day"]:
        """Select the rows of so many days before today."""
        today = timezone.localdate()
        return cls.objects.filter(date__gte=today - datetime.timedelta(days=days), date__lt=today)

    @classmethod
    def percent_within_minute(cls) -> int | None:
        """Return how many of 100 orders had their code within a minute, never rounded up."""
        sums = cls.last(SHARE_OF_DAYS).aggregate(all=Sum("orders"), fast=Sum("within_minute"))
        orders: int = sums["all"] or 0
        return 100 * sums["fast"] // orders if orders >= ENOUGH_ORDERS else None
