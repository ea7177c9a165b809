"""A guide for one generation of its car model: without what is about the others only."""

import re
from collections.abc import Iterable
from typing import Any

from guides.models import Generation, Passage, Procedure, Question, Row, Symptom

# The texts of a row that say which generations it is about.
TITLES: dict[type[Row], tuple[str, ...]] = {
    Passage: ("title",),
    Procedure: ("title", "serves"),
    Symptom: ("title",),
    Question: ("question",),
}
SENTENCES = re.compile(r"(?<=[.;]) +")


class UnknownGenerationError(LookupError):
    pass


class Generations:
    """Those of one car model, of which one may be chosen."""

    def __init__(self, of_model: Iterable[Generation], chosen: str = "") -> None:
        self.all = list(of_model)
        self.chosen: Generation | None = None
        by_label: dict[str, Generation] = {}
        for each in self.all:
            each.label = each.code if each.code and each.code not in by_label else each.name
            by_label.setdefault(each.label, each)
            if chosen and each.slug == chosen:
                self.chosen = each
        if chosen and not self.chosen:
            raise UnknownGenerationError(chosen)
        # K12 has the shape of K11, which the page may name too
        shapes = (re.sub(r"\d", r"\\d", re.escape(label)) for label in by_label)
        self.pattern = re.compile(rf"(?<!\w)(?:{'|'.join(shapes)})(?!\w)")

    @property
    def shown(self) -> list[Generation]:
        return [self.chosen] if self.chosen else self.all

    def may_be_for(self, text: str) -> bool:
        """Return whether the text names no generation, or one that is shown."""
        named = set(self.pattern.findall(text)) if self.all else None
        return not named or any(named & {each.code, each.label} for each in self.shown)

    def is_for(self, row: Row, serves: dict[int, list[Generation]]) -> bool:
        """Return whether the row is not about other generations only.

        A page for all generations keeps every row but the steps for a radio of none of them.
        """
        is_procedure = isinstance(row, Procedure)
        if is_procedure and (those := serves.get(row.pk)):
            return self.chosen is None or self.chosen in those
        if self.chosen is None and not is_procedure:
            return True
        return self.may_be_for(" ".join(getattr(row, name) for name in TITLES[type(row)]))

    def tags(self, procedure: Procedure, serves: dict[int, list[Generation]]) -> list[str]:
        """Return the generations that the steps are for and their text does not name."""
        codes = (
            [] if self.chosen else [each.code or each.name for each in serves.get(procedure.pk, [])]
        )
        return [code for code in dict.fromkeys(codes) if code not in procedure.serves]

    def narrow(self, row: Any, name: str) -> None:
        """Leave out of a text of the row the sentences that are about other generations."""
        if self.chosen:
            sentences = SENTENCES.split(getattr(row, name))
            setattr(row, name, " ".join(filter(self.may_be_for, sentences)))
