"""Faults that the mail server was asked for, and for how long."""

import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase

KINDS = ("4xx", "5xx", "down", "drop", "slow", "quit")


@dataclass
class Fault:
    """4xx and 5xx refuse the recipient; down hangs up there; drop keeps the mail and closes
    without an answer to DATA; slow is silent for `seconds` after DATA and then accepts; quit
    accepts, and closes without an answer to QUIT.
    """

    kind: str
    to: str = "*"
    times: int | None = 1
    seconds: float = 30.0

    @property
    def refusal(self) -> str | None:
        return {
            "4xx": "451 4.3.0 Try again later",
            "5xx": "550 5.1.1 No such mailbox",
            "down": "421 4.3.2 Going away",  # which no client reads
        }.get(self.kind)


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        if fault.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, address: str, *, refusing: bool) -> Fault | None:
        with self._lock:
            for fault in self._waiting:
                fits = fnmatchcase(address.lower(), fault.to.lower())
                if fits and bool(fault.refusal) == refusing:
                    self._use(fault)
                    return fault
        return None

    def _use(self, fault: Fault) -> None:
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._waiting.remove(fault)
