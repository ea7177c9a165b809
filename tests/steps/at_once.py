"""Calls at the same moment: threads with connections of their own, as processes have them."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections


def at_once(*calls: Callable[[], object]) -> list[Any]:
    """Run them in threads that start together; what they return, in their order."""
    together = threading.Barrier(len(calls))
    returned: dict[int, object] = {}

    def run(number: int) -> None:
        try:
            together.wait()
            returned[number] = calls[number]()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [returned[number] for number in sorted(returned)]
