"""Words, label fragments and serials of every make, by chance: what each may lead to."""

import re
from collections.abc import Iterator
from random import Random

from orders.radio_files import CONTENT, read_radios
from orders.serials import Catalogue, Grammar, Kind, Shape, understand
from orders.serials.confusables import Pattern
from orders.serials.templates import unfold
from orders.serials.traps import GENERAL

WORDS = re.split(
    r"\s+",
    """serial number numero radio code panda golf clio focus transit punto corsa astra safe secure
    wait locked error blaupunkt clarion philips sony visteon bosch continental becker grundig daewoo
    model type label made in germany china portugal part no s/n sn cd mp3 rds usb bluetooth dab navi
    navigation travelpilot connect concert chorus symphony chassis vin engine diesel petrol fiesta
    mondeo megane scenic duster sandero polo passat octavia fabia ibiza leon micra note juke almera
    primera navara civic jazz accord vectra zafira vivaro berlingo partner please help thanks none
    unknown test hello display shows locked10 dezember made2005 volt 12v battery 6000cd cd30""",
)
LINES = ["ACU CFG {:06}", "HLA 11/JUL/05-{}", "5070{:04}", "SJH {:06}", "SO {:06}", "{:03}",
         "{:05}", "{:08}", "7{:09}", "PN-{:04}M", "28185-{:05}", "{:04}", "{:06}"]  # fmt: skip
CARS = ["WVWZZZ", "VF1", "VF3", "SJN", "ZFA", "W0L", "WF0", "WAUZZZ", "TMB", "UU1"]
# What no form may take for a serial without asking, though a provider would compute a code for it.
FRAGMENTS = [row for trap in GENERAL for row in unfold(trap.pattern.replace(r"(?=.{17}$)", ""))]
SAID = [
    "{}",
    "S/N {}",
    "SN: {}",
    "Serial: {}",
    "serial number is {}",
    "Ser. No. {}",
    "N° de série {}",
]
DRESSES = [*SAID, "Seriennummer {}", " {} ", "({})", "{} 7612830042", "Radio S/N: {} please help"]


def grammars() -> list[Grammar]:
    files = [(file.path.stem, file.content) for file in read_radios([CONTENT])]
    return [Grammar(slug, slug, *content.known()) for slug, content in files]


class Fuzz:
    """`seed` draws the same again."""

    def __init__(self, seed: str) -> None:
        self.random = Random(seed)
        self.grammars = grammars()
        self.others = Catalogue(self.grammars)
        self.shapes = [(each, shape) for each in self.grammars for shape in each.shapes]

    def faults(self, count: int) -> Iterator[str]:
        """Half are no serials, and half are."""
        for _turn in range(count // 2):
            yield from self.sold_unasked(self.no_serial())
            yield from self.not_to_be_ordered(*self.random.choice(self.shapes))

    def no_serial(self) -> str:
        draw = self.random
        word = draw.choice(WORDS)
        fragment = "".join(draw.choice(sorted(place)) for place in draw.choice(FRAGMENTS))
        vin = draw.choice(CARS)
        vin += "".join(draw.choices("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", k=17 - len(vin)))
        line = draw.choice(LINES).format(draw.randrange(10_000))
        text = draw.choice([
            vin, line, f"{word} {vin}", f"{word} {line}",
            word, word + str(draw.randrange(100)), f"{word} {draw.choice(WORDS)}", fragment,
            f"{word} {fragment}", f"{draw.randrange(1, 29)}.{draw.randrange(1, 13)}.2011",
        ])  # fmt: skip
        return draw.choice([text, text.upper(), text.title()])

    def sold_unasked(self, typed: str) -> Iterator[str]:
        """Report a form whose provider would compute a code for it at once."""
        for grammar in self.grammars:
            reading = understand(typed, grammar, self.others)
            shape = reading.shape
            if reading.kind == Kind.RECOGNISED and shape and shape.is_answered:
                yield f"{grammar.slug}: {typed!r} is sold as {reading.serial}, {shape.name}"

    def not_to_be_ordered(self, grammar: Grammar, shape: Shape) -> Iterator[str]:
        """Report a serial that is refused, or that is not found among other words."""
        rows = unfold(shape.pattern)
        if not rows:
            return
        row = self.random.choice(rows)
        serial = "".join(self.random.choice(sorted(place)) for place in row)
        if not Pattern(shape.pattern).fits(serial):
            return
        reading = understand(serial, grammar, self.others)
        if reading.is_refused:
            yield f"{grammar.slug}: the serial {serial} is refused: {reading.message}"
        if shape.is_wide:
            return
        typed = self.random.choice(DRESSES).format(self.random.choice([serial, serial.lower()]))
        found = understand(typed, grammar, self.others)
        if (found.kind, found.serial) != (Kind.RECOGNISED, serial):
            yield f"{grammar.slug}: in {typed!r} it finds {found.kind} {found.serial}"
