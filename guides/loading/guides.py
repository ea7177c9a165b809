"""Guides' files into rows: `load_guides()` reads and checks all, then stores in one transaction."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import transaction

from guides.loading.checking import BrandFiles, read_guides, warnings
from guides.loading.legal import load_legal_texts, read_legal_texts
from guides.loading.rows import Change, Outcome, Report, prune_rows, sync_row
from guides.loading.schema import CarModelFile, PageFile
from guides.models import (
    Brand,
    CarModel,
    Fact,
    Generation,
    Guide,
    Loaded,
    Passage,
    Procedure,
    Question,
    Symptom,
)

CONTENT = Path(__file__).resolve().parent.parent / "content"


def load_guides(paths: Sequence[Path] = (), force: bool = False) -> Report:
    """Load these files, or all there are; ContentError if one of them is wrong."""
    brands = read_guides(paths or [CONTENT])
    legal_texts = read_legal_texts(paths or [CONTENT])
    loading = _Loading(force)
    loading.report.warnings += map(str, warnings(brands))
    with transaction.atomic():
        for files in brands:
            loading.load_brand(files)
        load_legal_texts(legal_texts, loading.report, force)
        if not paths:
            loading.tell_what_left(brands)
    return loading.report


class _Loading:
    def __init__(self, force: bool) -> None:
        self.force = force
        self.report = Report()

    def load_brand(self, files: BrandFiles) -> None:
        page = files.brand.content
        brand = self.sync(Brand, page.brand.slug, {}, page.brand.model_dump())
        self.load_page(page, brand.key, {"brand": brand, "car_model": None})
        for file in files.car_models:
            self.load_car_model(brand, file.content)

    def load_car_model(self, brand: Brand, page: CarModelFile) -> None:
        key = f"{brand.key}/{page.car_model.slug}"
        values = {"brand": brand, **page.car_model.model_dump()}
        car_model = self.sync(CarModel, key, {}, values)
        generations: dict[str, Any] = {
            entry.key: self.sync(
                Generation,
                entry.key,
                {"car_model": car_model},
                {**entry.values(), "position": position},
                name=f"{key} generation '{entry.key}'",
            )
            for position, entry in enumerate(page.generations)
        }
        self.load_page(page, key, {"brand": brand, "car_model": car_model}, generations)
        self.prune(car_model.generations.all(), generations, key)

    def load_page(
        self,
        page: PageFile,
        key: str,
        owner: dict[str, Any],
        generations: dict[str, Generation] | None = None,
    ) -> None:
        before = len(self.report.changes)
        guide = self.sync(Guide, key, {}, {**owner, **page.guide.model_dump()})
        for fact_key, fact in page.facts.items():
            values = fact.model_dump()
            values["sources"] = [page.sources[source] for source in fact.sources]
            self.sync(Fact, fact_key, {}, {"guide": guide, **values})
        self.prune(guide.known_facts.all(), page.facts, key)
        for model, entries in (
            (Passage, page.passages),
            (Procedure, page.procedures),
            (Symptom, page.symptoms),
            (Question, page.questions),
        ):
            for position, entry in enumerate(entries):
                values = {**entry.values(), "position": position}
                if "generations" in values:
                    values["generations"] = [
                        (generations or {})[name] for name in values["generations"]
                    ]
                told = f"{key} {model._meta.verbose_name} '{entry.key}'"
                self.sync(model, entry.key, {"guide": guide}, values, name=told)
            rows = model._default_manager.filter(guide=guide)
            self.prune(rows, {entry.key for entry in entries}, key)
        if any(change.is_done for change in self.report.changes[before:]):
            guide.save(update_fields=["updated_at"])

    def sync(
        self,
        model: Any,
        key: str,
        parent: dict[str, Loaded],
        values: dict[str, Any],
        name: str = "",
    ) -> Any:
        change: Change[Any] = sync_row(model, {**parent, "key": key}, values, self.force, name)
        return self.report.note(change)

    def prune(self, rows: Any, keys: Any, name: str) -> None:
        self.report.changes += prune_rows(rows, set(keys), self.force, name)

    def tell_what_left(self, brands: list[BrandFiles]) -> None:
        """A brand or a car model takes orders and addresses with it: a person deletes it."""
        brand_keys = {files.brand.path.stem for files in brands}
        model_keys = {
            f"{files.brand.path.stem}/{file.path.stem}"
            for files in brands
            for file in files.car_models
        }
        for model, keys in ((Brand, brand_keys), (CarModel, model_keys)):
            for row in model._default_manager.exclude(key="").exclude(key__in=keys):
                name = f"{model._meta.verbose_name} '{row.key}'"
                self.report.changes.append(Change(row, name, Outcome.LEFT))
