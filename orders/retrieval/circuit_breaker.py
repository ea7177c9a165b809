"""A circuit breaker: a source that does not work is left alone for a while, by all workers.

After CIRCUIT_LIMIT bad answers in a row it is open: nobody asks for CIRCUIT_LASTS. Then one worker
asks, while the others go on waiting; a good answer closes it, a bad one opens it again.
"""

import json
from datetime import timedelta

from django.conf import settings

from orders.lib.redis import FallbackStore, Store
from orders.retrieval.answers import Answer, Broken, TryAgain

CIRCUIT_LIMIT = 5
FORGOTTEN = timedelta(hours=1)  # bad answers further apart are not in a row
OPEN_AT_MOST = timedelta(days=7)
LATE = timedelta(seconds=5)  # a question may last a little longer than it should


class Circuit:
    def __init__(self, name: str) -> None:
        self.memory = FallbackStore()
        self.why, self.pause, self.bad = (
            f"circuit:{name}:{what}" for what in ("why", "pause", "bad")
        )

    def refusal(self) -> Answer | None:
        """What to answer without asking; None: ask, and `note` what came of it."""
        return self.memory.with_store(self._refusal)

    def _refusal(self, store: Store) -> Answer | None:
        why = store.get(self.why)
        if why is None:
            return None
        # The pause is over when its key has gone. Whoever sets it anew is the one to ask.
        left = store.lease(self.pause, settings.SUPPLIER_LASTS + LATE)
        if left is None:
            return None
        is_broken, words = json.loads(why)
        words = f"left alone: {words}"
        return Broken(words) if is_broken else TryAgain(left, words)

    def is_closed(self) -> bool | None:
        """For who does not ask now. None: it was open, and nobody has tried again since."""
        return self.memory.with_store(self._is_closed)

    def _is_closed(self, store: Store) -> bool | None:
        if store.get(self.why) is None:
            return True
        return None if store.get(self.pause) is None else False

    def note(self, answer: Answer) -> bool:
        """Returns whether the circuit opened just now."""
        return self.memory.with_store(lambda store: self._note(store, answer))

    def _note(self, store: Store, answer: Answer) -> bool:
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
        """It works again, as somebody found who asked for something else."""
        self.memory.with_store(self._close)

    def _close(self, store: Store) -> None:
        store.delete(self.why, self.pause, self.bad)
