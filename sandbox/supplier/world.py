"""What the stand-in knows: its faults, its licence, and what it was asked."""

import threading
import time
from dataclasses import dataclass, field
from datetime import date, timedelta

from sandbox.supplier.faults import Fault, Faults

KEPT = 500  # questions


@dataclass(frozen=True)
class Asked:
    command: str
    model: str = ""
    serial: str = field(default="", repr=False)
    became: str = ""
    at: float = field(default_factory=time.time)

    @property
    def masked(self) -> str:
        return self.serial[:1] + "•" * len(self.serial[1:])

    @property
    def clock(self) -> str:
        return time.strftime("%d %b %H:%M:%S", time.localtime(self.at))


@dataclass
class Licence:
    is_active: bool = True
    ends_on: date = field(default_factory=lambda: date.today() + timedelta(days=365))
    type: int = 1  # 0: personal, 1: company


@dataclass
class World:
    api_key: str
    faults: Faults = field(default_factory=Faults)
    licence: Licence = field(default_factory=Licence)
    asked: list[Asked] = field(default_factory=list)
    # questions that no version of the shop should ever ask; tests of the shop want none
    misuses: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopping: threading.Event = field(default_factory=threading.Event)

    # ------------------------------------------------------------------ the controls
    def fail(
        self, kind: str, times: int | None = 1, seconds: float = 30.0, command: str = "*"
    ) -> None:
        with self.lock:
            self.faults.add(Fault(kind, times, seconds, command))

    def heal(self) -> None:
        with self.lock:
            self.faults.waiting.clear()

    def licensed(self, days: int = 365, is_active: bool = True) -> None:
        with self.lock:
            self.licence = Licence(is_active, date.today() + timedelta(days=days))

    def reset(self) -> None:
        """No faults, a fresh licence, and nothing was asked."""
        self.heal()
        self.licensed()
        with self.lock:
            self.asked.clear()
            self.misuses.clear()

    def calculations(self) -> list[Asked]:
        with self.lock:
            return [asked for asked in self.asked if asked.command == "calc"]

    # ------------------------------------------------------------------ what the API notes
    def take_fault(self, command: str) -> Fault | None:
        with self.lock:
            return self.faults.take(command)

    def note(self, asked: Asked) -> None:
        with self.lock:
            self.asked.append(asked)
            del self.asked[:-KEPT]

    def note_misuse(self, what: str) -> None:
        with self.lock:
            self.misuses.append(what)
