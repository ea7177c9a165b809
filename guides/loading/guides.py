"""Guides' files into rows: `load_guides()` reads and checks all, then stores in one transaction."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from django.db import transaction
from pydantic import BaseModel

from guides.loading.checking import MODELS, read_guides, warnings
from guides.loading.files import ContentError
from guides.loading.legal import LegalPage, read_legal_texts
from guides.loading.pages import (
    FROM_FILE,
    Page,
    Report,
    differences,
    load_pages,
    plain,
    put,
    remove,
)
from guides.loading.schema import (
    ENTRIES,
    BrandEntry,
    BrandFile,
    CarModelFile,
    FactEntry,
    GuideEntry,
    NameEntry,
)
from guides.models import Brand, CarModel, Fact, Guide, Loaded, LoadedPage

CONTENT = Path(__file__).resolve().parent.parent / "content"
REVIEW = "last_reviewed"  # staff review a page by a click, and that is no edit


def load_guides(
    paths: Sequence[Path] = (), overwrite: Collection[str] = (), keep: Collection[str] = ()
) -> Report:
    """Load these files, or all there are; ContentError if one of them is wrong."""
    pages, found = read_pages(paths)
    with transaction.atomic():
        report = load_pages(pages, overwrite, keep)
        report.notes += found
        if not paths:
            report.notes += left_the_files(pages)
    return report


def compare_guides(paths: Sequence[Path] = ()) -> list[tuple[str, list[str]]]:
    return list(differences(read_pages(paths)[0]))


def read_pages(paths: Sequence[Path]) -> tuple[list[Page], list[str]]:
    """The pages of these files, each brand's before those of its car models; and warnings."""
    brands = read_guides(paths or [CONTENT])
    legal_texts = read_legal_texts(paths or [CONTENT])
    pages: list[Page] = []
    for files in brands:
        brand = files.brand.content.brand.slug
        pages.append(GuidePage(brand, files.brand.content))
        pages += [
            GuidePage(f"{brand}/{file.content.car_model.slug}", file.content)
            for file in files.car_models
        ]
    pages += [LegalPage(slug, values) for slug, values in legal_texts.items()]
    return pages, [str(warning) for warning in warnings(brands)]


def left_the_files(pages: Iterable[Page]) -> Iterator[str]:
    """A page takes orders and addresses with it: staff delete it."""
    loaded = LoadedPage.objects.filter(page__in=Guide.objects.values("key"))
    for record in loaded.exclude(page__in=[page.name for page in pages]):
        yield f"{record}: no longer in the files, left"


class GuidePage(Page):
    """A brand's page, or a car model's: its name, its guide, and all rows on it."""

    def __init__(self, name: str, file: BrandFile | CarModelFile) -> None:
        self.name, self.file = name, file
        self.shipped = file.model_dump(mode="json", exclude={"sources": True, "guide": {REVIEW}})
        for procedure in self.shipped["procedures"]:
            procedure["generations"].sort()
        for fact in self.shipped["facts"].values():
            fact["sources"] = [file.sources[source] for source in fact["sources"]]

    def guide(self) -> Guide | None:
        return Guide.objects.select_related("brand", "car_model").filter(key=self.name).first()

    def standing(self) -> Mapping[str, Any] | None:
        return page_values(guide) if (guide := self.guide()) else None

    def rows(self) -> Iterator[Loaded]:
        for model in (CarModel, Guide):
            yield from model._default_manager.filter(key=self.name)
        guide = self.guide()
        for brand in Brand._default_manager.filter(key=self.name):
            # a brand may be there before its page: the radios' files bring it too
            if guide or not brand.history.filter(history_change_reason=FROM_FILE).exists():
                yield brand
        if guide:
            yield from chain(guide.known_facts.all(), *lists_of(guide).values())

    def replace(self) -> None:
        guide = self.guide()
        owner = self.replace_owner()
        values = self.file.guide.model_dump()
        if guide:
            values[REVIEW] = max(guide.last_reviewed, values[REVIEW])
        guide = put(Guide, {"key": self.name}, owner | values)
        for key, fact in self.file.facts.items():
            sources = [self.file.sources[source] for source in fact.sources]
            put(Fact, {"key": key}, {"guide": guide, **fact.model_dump(), "sources": sources})
        remove(guide.known_facts.exclude(key__in=self.file.facts))
        generations: dict[str, Any] = {}
        for name, entries in self.file.lists.items():
            parent = {"car_model": guide.car_model} if name == "generations" else {"guide": guide}
            for position, entry in enumerate(entries):
                values = entry.values() | {"position": position}
                if name == "procedures":
                    values["generations"] = [generations[key] for key in values["generations"]]
                row = put(MODELS[name], {**parent, "key": entry.key}, values)
                if name == "generations":
                    generations[entry.key] = row
            keys = [entry.key for entry in entries]
            remove(MODELS[name]._default_manager.filter(**parent).exclude(key__in=keys))

    def replace_owner(self) -> dict[str, Any]:
        """The brand, and the car model that the page is about."""
        if isinstance(self.file, BrandFile):
            values = self.file.brand.model_dump()
            return {"brand": put(Brand, {"key": self.name}, values), "car_model": None}
        brand = Brand.objects.filter(key=self.name.partition("/")[0]).first()
        if brand is None:
            raise ContentError([f"{self.name}: staff deleted its brand; overwrite that too"])
        values = {"brand": brand, **self.file.car_model.model_dump()}
        return {"brand": brand, "car_model": put(CarModel, {"key": self.name}, values)}


def page_values(guide: Guide) -> dict[str, Any]:
    """The page in the words of its file."""
    if guide.car_model:
        values = {"car_model": entry(NameEntry, guide.car_model)}
    else:
        values = {"brand": entry(BrandEntry, guide.brand)}
    values |= {"guide": entry(GuideEntry, guide)}
    lists = {
        name: [entry(ENTRIES[name], row) for row in rows] for name, rows in lists_of(guide).items()
    }
    facts = {fact.key: entry(FactEntry, fact) for fact in guide.known_facts.all()}
    return {**values, **lists, "facts": facts}


def lists_of(guide: Guide) -> dict[str, Iterable[Any]]:
    lists = {name: getattr(guide, name).all() for name in ENTRIES if name != "generations"}
    return {"generations": guide.car_model.generations.all()} | lists if guide.car_model else lists


def entry(kind: type[BaseModel], row: Any) -> dict[str, Any]:
    return {name: plain(getattr(row, name)) for name in kind.model_fields if name != REVIEW}
