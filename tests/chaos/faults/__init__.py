"""All faults that a chaos run draws from."""

from tests.chaos.faults import answers, no_code, paying, refunds, webhooks
from tests.chaos.faults.deck import FAULTS, Fault

__all__ = ["FAULTS", "Fault", "answers", "no_code", "paying", "refunds", "webhooks"]
