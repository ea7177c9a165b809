"""All faults that a chaos run draws from."""

from tests.chaos.faults import answers, late, no_code, paying, refunds, webhooks
from tests.chaos.faults.deck import FAULTS, Fault

__all__ = ["FAULTS", "Fault", "answers", "late", "no_code", "paying", "refunds", "webhooks"]
