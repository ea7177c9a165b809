"""Guides' files into rows: `load_guides()` reads and checks all, then stores in one transaction."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import transaction

from guides import editions
from guides.loading.checking import BrandFiles, read_guides, warnings
from guides.loading.legal import load_legal_texts, read_legal_texts
from guides.loading.rows import Change, Outcome, Report, prune_rows, sync_row
from guides.loading.schema import BrandFile, CarModelFile, NameEntry, PageFile, RowEntry
from guides.models import (
    Brand,
    CarModel,
    Edition,
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
    loading = Loading(force)
    loading.report.warnings += map(str, warnings(brands))
    with transaction.atomic():
        for files in brands:
            loading.load_brand(files)
        load_legal_texts(legal_texts, loading.report, force)
        if not paths:
            loading.tell_what_left(brands)
    return loading.report


def compare_guides(paths: Sequence[Path] = (), force: bool = False) -> Report:
    """What loading these files would do, done and undone."""
    with transaction.atomic():
        report = load_guides(paths, force)
        transaction.set_rollback(True)
    return report


class Loading:
    """One load. What is loaded `by_staff` is an earlier edition of a page: it is put back whole,
    but at the address that the page has now."""

    def __init__(self, force: bool = False, by_staff: bool = False) -> None:
        self.force = force
        self.by_staff = by_staff
        self.report = Report()

    def load_brand(self, files: BrandFiles) -> None:
        brand = self.load_brand_page(files.brand.content)
        for file in files.car_models:
            self.load_car_model(brand, file.content)

    def load_brand_page(self, page: BrandFile) -> Brand:
        with self.kept_as(page.brand.slug):
            brand: Brand = self.sync(Brand, page.brand.slug, {}, self.names(Brand, page.brand))
            self.load_page(page, brand.key, {"brand": brand, "car_model": None})
        return brand

    def load_car_model(self, brand: Brand, page: CarModelFile) -> None:
        key = f"{brand.key}/{page.car_model.slug}"
        with self.kept_as(key):
            values = {"brand": brand, **self.names(CarModel, page.car_model, key)}
            car_model = self.sync(CarModel, key, {}, values)
            rows = self.load_rows(Generation, page.generations, {"car_model": car_model}, key)
            self.load_page(page, key, {"brand": brand, "car_model": car_model}, rows)
            self.prune(car_model.generations.all(), rows, key)

    def load_page(
        self,
        page: PageFile,
        key: str,
        owner: dict[str, Any],
        generations: dict[str, Any] | None = None,
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
            rows = self.load_rows(model, entries, {"guide": guide}, key, generations)
            self.prune(model._default_manager.filter(guide=guide), rows, key)
        if any(change.is_done for change in self.report.changes[before:]):
            guide.save(update_fields=["updated_at"])

    def load_rows(
        self,
        model: Any,
        entries: Sequence[RowEntry],
        parent: dict[str, Loaded],
        page_key: str,
        generations: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The entries of a list as rows, by key."""
        places = positions(model, [entry.key for entry in entries], parent)
        rows: dict[str, Any] = {}
        for entry in entries:
            values = {**entry.values(), "position": places[entry.key]}
            if "generations" in values:
                values["generations"] = [(generations or {})[n] for n in values["generations"]]
            name = f"{page_key} {model._meta.verbose_name} '{entry.key}'"
            rows[entry.key] = self.sync(model, entry.key, parent, values, name)
        return rows

    def names(self, model: Any, entry: NameEntry, key: str = "") -> dict[str, Any]:
        values = entry.model_dump()
        row = model._default_manager.filter(key=key or entry.slug).first()
        return values | {"slug": row.slug} if row and self.by_staff else values

    @contextmanager
    def kept_as(self, page: str) -> Iterator[None]:
        """Keep an edition of the page if the load changes it. Staff's own are kept elsewhere."""
        if self.by_staff:
            yield
            return
        editions.keep(page, Edition.What.FOUND)
        before = len(self.report.changes)
        yield
        if any(change.is_done for change in self.report.changes[before:]):
            editions.keep(page, Edition.What.LOADED)

    def sync(
        self,
        model: Any,
        key: str,
        parent: dict[str, Loaded],
        values: dict[str, Any],
        name: str = "",
    ) -> Any:
        change: Change[Any] = sync_row(
            model, {**parent, "key": key}, values, self.force, name, by_staff=self.by_staff
        )
        return self.report.note(change)

    def prune(self, rows: Any, keys: Any, name: str) -> None:
        self.report.changes += prune_rows(rows, set(keys), self.force, name, by_staff=self.by_staff)

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
                outcome = Outcome.LEFT if row.loaded else Outcome.STAFFS
                self.report.changes.append(Change(row, name, outcome))


def positions(model: Any, keys: list[str], parent: dict[str, Loaded]) -> dict[str, int]:
    """The places of these rows. A file says only what comes after what: where the rows stand in
    that order already, their numbers stay (staff may have put rows of their own between them)."""
    rows = model._default_manager.filter(**parent, key__in=keys).order_by("position", "pk")
    standing: dict[str, int] = dict(rows.values_list("key", "position"))
    return standing if list(standing) == keys else {key: n for n, key in enumerate(keys)}
