"""Faults that the stand-in was asked for, and for how long."""

from dataclasses import dataclass, field

KINDS = {
    "slow": "Silent for a while, then an answer",
    "drip": "An answer that drips, byte by byte",
    "down": "Hangs up without an answer",
    "429": "429: asks us to wait",
    "429_no_year": "429: asks us to wait, until a date that no calendar has",
    "500": "500: broken",
    "html": "A web page instead of JSON",
    "cut": "JSON that stops in the middle",
    "huge": "An answer of a megabyte",
    "redirect": "Sends us to another host",
    "number": "A code that is a number",
    "wrong_length": "A code that is too long",
    "wrong_alphabet": "A code with letters",
    "placeholder": "0000 for a code",
    "other_code": "Another code than before",
    "licence": "Our licence has ended",
}


@dataclass
class Fault:
    """`seconds`: of silence (slow), between two bytes (drip), to wait (429)."""

    kind: str
    times: int | None = 1  # None: until healed
    seconds: float = 30.0
    command: str = "*"


@dataclass
class Faults:
    waiting: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        if fault.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        self.waiting.append(fault)

    def take(self, command: str) -> Fault | None:
        """The first that fits; one without `times` stays until it is cleared."""
        fault = next((each for each in self.waiting if each.command in ("*", command)), None)
        if fault and fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.waiting.remove(fault)
        return fault
