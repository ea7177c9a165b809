"""Answers of Stripe that cross each other: one is made, and before it arrives others act.

In one thread, so that the order of things is the same each time: what others do happens between
the moment at which Stripe has made its answer and the moment at which the shop gets it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

import pytest
import stripe

from sandbox.stripe.faults import CALLS

Act = Callable[[], object]


@dataclass
class Crossing:
    """What others do while the answer of a call is on its way; once each."""

    planned: list[tuple[str, Act]] = field(default_factory=list)

    def during(self, call: str, act: Act) -> None:
        """`call` is one of `CALLS`, such as sessions.retrieve. The answer is the one of before."""
        self.planned.append((call, act))

    def answered(self, method: str, url: str) -> None:
        path = urlsplit(url).path
        for each in self.planned:
            call, act = each
            wanted, pattern = CALLS[call]
            if method.upper() == wanted and fnmatchcase(path, pattern):
                self.planned.remove(each)
                act()
                return


def cross_answers(monkeypatch: pytest.MonkeyPatch) -> Crossing:
    crossing = Crossing()
    ask = stripe.RequestsClient.request

    def ask_and_wait(self: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        answer = ask(self, method, url, *args, **kwargs)
        crossing.answered(method, url)
        return answer

    monkeypatch.setattr(stripe.RequestsClient, "request", ask_and_wait)
    return crossing
