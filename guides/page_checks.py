"""Checks the pages in the database, as the files are checked before they are loaded.

Most of what is reported is a slip that staff made since.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone
from django.utils.translation import gettext as _

from guides.loading.checking import share_years
from guides.models import Fact, Generation, Guide, Passage, Procedure, Row

REVIEW_EVERY = timedelta(days=365)
ROWS = ("passages", "procedures", "symptoms", "questions")
# Sources that have no address: these, and pages of which we have a copy, in a few words.
SOURCE_WORDS = ("our own bench", "a customer's radio", "a dealer, by phone")
IN_A_COPY = ", in a copy"


@dataclass(frozen=True)
class PageProblem:
    guide: Guide
    row: str  # the row of the page, in words; empty for the page itself
    message: str

    def __str__(self) -> str:
        return f"{self.row}: {self.message}" if self.row else self.message


def check_pages(guides: Iterable[Guide] | None = None) -> list[PageProblem]:
    """Checks these guides, or all."""
    pages = Guide.objects.select_related("brand", "car_model").prefetch_related(
        *ROWS, "known_facts", "car_model__generations"
    )
    everything = list(pages.order_by("brand__position", "car_model__position", "pk"))
    brands = {each.brand_id: each for each in everything if each.car_model_id is None}
    wanted = None if guides is None else {guide.pk for guide in guides}
    return [
        problem
        for guide in everything
        if wanted is None or guide.pk in wanted
        for problem in problems_of(guide, brands.get(guide.brand_id))
    ]


def problems_of(guide: Guide, brands: Guide | None) -> Iterator[PageProblem]:
    facts = {fact.key: fact for fact in guide.known_facts.all()}
    known = {fact.key: fact for fact in brands.known_facts.all()} | facts if brands else facts
    for row in rows_of(guide):
        for message in row_problems(row, known):
            yield PageProblem(guide, name_of(row), message)
    for message in page_problems(guide, brands, known):
        yield PageProblem(guide, "", message)
    for fact in facts.values():
        for source in fact.sources or [""]:
            if not is_source(source):
                words = _("“%s” is neither an address nor one of the known words")
                yield PageProblem(guide, fact.key, words % source if source else _("has no source"))


def rows_of(guide: Guide) -> list[Any]:
    rows = [row for name in ROWS for row in getattr(guide, name).all()]
    return [*(guide.car_model.generations.all() if guide.car_model else []), *rows]


def name_of(row: Row | Generation) -> str:
    return f"{row._meta.verbose_name} “{row}”"


def row_problems(row: Any, known: dict[str, Fact]) -> Iterator[str]:
    if isinstance(row, Procedure) and not row.steps:
        yield _("has no steps")
    if unknown := [key for key in row.facts if key not in known]:
        yield _("rests on facts that are neither this page's nor its brand's: %s") % ", ".join(
            unknown
        )
    if not row.facts and not isinstance(row, Passage):  # which may say what we do not know
        yield _("rests on no fact")


def page_problems(guide: Guide, brands: Guide | None, known: dict[str, Fact]) -> Iterator[str]:
    if unknown := [key for key in guide.facts if key not in known]:
        yield _("rests on facts that are neither this page's nor its brand's: %s") % ", ".join(
            unknown
        )
    for one, other in overlaps(guide):
        yield _("%(one)s and %(other)s share years, and neither says that they overlap") % {
            "one": one, "other": other,
        }  # fmt: skip
    if not guide.is_published:
        return
    pages = [guide, brands] if brands and brands.is_published else [guide]
    rows = [row for page in pages for row in page.procedures.all()]
    needs_it = any(page.number_needed for page in pages) and not guide.sells_nothing
    if needs_it and not any(row.kind == Procedure.Kind.FIND for row in rows):
        yield _("is published, but tells no way to find the serial")
    if guide.last_reviewed < timezone.localdate() - REVIEW_EVERY:
        yield _("was not reviewed for a year")


def overlaps(guide: Guide) -> Iterator[tuple[Generation, Generation]]:
    generations = guide.car_model.generations.all() if guide.car_model else []
    for one, other in combinations(generations, 2):
        is_meant = other.key in one.overlaps or one.key in other.overlaps
        if not is_meant and share_years(one, other):
            yield one, other


def is_source(source: str) -> bool:
    if source in SOURCE_WORDS or source.endswith(IN_A_COPY):
        return True
    try:
        URLValidator(schemes=["http", "https"])(source)
    except ValidationError:
        return False
    return True
