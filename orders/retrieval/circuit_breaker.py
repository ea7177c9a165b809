"""A circuit breaker: no worker asks a provider that does not work, for a while.

CIRCUIT_LIMIT bad answers in a row open it for CIRCUIT_LASTS. Then one worker asks, while the others
still wait; a good answer closes the circuit, a bad one opens it again.
"""

import json
from datetime import timedelta

from django.conf import settings

from orders.lib.redis import FallbackStore, Store
from orders.retrieval.answers import Answer, Broken, TryAgain

CIRCUIT_LIMIT = 5
FORGOTTEN = timedelta(hours=1)  # bad answers further apart are not in a row
OPEN_AT_MOST = timedelta(days=7)
LATE = timedelta(seconds=5)  # a request may last a little longer than its time-out


class Circuit:
    def __init__(self, name: str) -> None:
        self.memory = FallbackStore()
        self.why, self.pause, self.bad = (
            f"circuit:{name}:{what}" for what in ("why", "pause", "bad")
        )

    def refusal(self) -> Answer | None:
        """Return the answer without asking; None: ask, and `record` the answer."""
        return self.memory.with_store(self._refusal)

    def _refusal(self, store: Store) -> Answer | None:
        why = store.get(self.why)
        if why is None:
            return None
        # The pause is over when its key has expired. The worker that sets it again is to ask.
        left = store.lease(self.pause, settings.SUPPLIER_LASTS + LATE)
        if left is None:
            return None
        is_broken, words = json.loads(why)
        words = f"left alone: {words}"
        return Broken(words) if is_broken else TryAgain(left, words)

    def is_closed(self) -> bool | None:
        """None: the pause is over, but no worker has asked since."""
        return self.memory.with_store(self._is_closed)

    def _is_closed(self, store: Store) -> bool | None:
        if store.get(self.why) is None:
            return True
        return None if store.get(self.pause) is None else False

    def record(self, answer: Answer) -> bool:
        """Count the answer; returns whether it opened the circuit."""
        return self.memory.with_store(lambda store: self._record(store, answer))

    def _record(self, store: Store, answer: Answer) -> bool:
        if not isinstance(answer, Broken | TryAgain):
            self._close(store)
            return False
        is_broken = isinstance(answer, Broken)
        is_hopeless = isinstance(answer, Broken) and answer.for_all
        if store.count(self.bad, FORGOTTEN) < CIRCUIT_LIMIT and not is_hopeless:
            return False
        was_open = store.get(self.why) is not None
        store.put(self.why, json.dumps([is_broken, answer.why]), OPEN_AT_MOST)
        store.put(self.pause, "", settings.CIRCUIT_LASTS)
        return not was_open

    def close(self) -> None:
        """Close the circuit, after another request has shown that the provider works."""
        self.memory.with_store(self._close)

    def _close(self, store: Store) -> None:
        store.delete(self.why, self.pause, self.bad)
