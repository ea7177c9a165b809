"""All faults that a chaos run draws from."""

from tests.chaos.faults import answers, money_back, no_code, paying, webhooks
from tests.chaos.faults.deck import FAULTS, Fault

__all__ = ["FAULTS", "Fault", "answers", "money_back", "no_code", "paying", "webhooks"]
