"""Reading guides' files and checking, before anything is stored, what pydantic cannot see: that
names exist, that nothing is there twice, and that the models take the values."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from django.db.models import Model

from guides.loading.files import ContentError, ContentFile, Place, Problem, read_yaml_with_lines
from guides.loading.pages import faults
from guides.loading.schema import BrandFile, CarModelFile, GenerationEntry, PageFile
from guides.models import (
    Brand,
    CarModel,
    Fact,
    Generation,
    Guide,
    Passage,
    Procedure,
    Question,
    Symptom,
)

MODELS: dict[str, Any] = {
    "generations": Generation,
    "passages": Passage,
    "procedures": Procedure,
    "symptoms": Symptom,
    "questions": Question,
}


@dataclass(frozen=True)
class BrandFiles:
    """A brand's file and those of its car models."""

    brand: ContentFile[BrandFile]
    car_models: list[ContentFile[CarModelFile]]

    @property
    def pages(self) -> list[ContentFile[Any]]:
        return [self.brand, *self.car_models]


def read_guides(paths: Iterable[Path]) -> list[BrandFiles]:
    """Read these files (of a folder, all), each car model's with its brand's, or complain."""
    problems: list[Problem | str] = []
    brands: list[BrandFiles] = []
    for brand_path, model_paths in _by_brand(paths).items():
        try:
            brand = read_yaml_with_lines(brand_path, BrandFile)
        except ContentError as error:
            problems += error.problems
            continue
        car_models = []
        for path in model_paths:
            try:
                car_models.append(read_yaml_with_lines(path, CarModelFile))
            except ContentError as error:
                problems += error.problems
        files = BrandFiles(brand, car_models)
        problems += _wrong_with(files)
        brands.append(files)
    if problems:
        raise ContentError(problems)
    return sorted(brands, key=lambda files: files.brand.content.brand.position)


def warnings(brands: Iterable[BrandFiles]) -> Iterator[Problem]:
    """What may be meant so, but is more often a slip."""
    for files in brands:
        named = {fact for file in files.pages for fact in _named_facts(file.content)}
        for file in files.pages:
            for fact in file.content.facts.keys() - named:
                yield file.problem(("facts", fact), "nothing rests on this fact")
        for model_file in files.car_models:
            yield from _overlaps(model_file)


def _by_brand(paths: Iterable[Path]) -> dict[Path, list[Path]]:
    """Brand files with the wanted files of their car models; a file in a brand's folder is one."""
    found: dict[Path, list[Path]] = {}
    for path in paths:
        for file in sorted(path.rglob("*.yaml")) if path.is_dir() else [path]:
            if file.suffix != ".yaml":
                continue
            brand_file = file.parent.with_suffix(".yaml")
            if brand_file.exists():
                found.setdefault(brand_file, []).append(file)
            else:
                found.setdefault(file, [])
    return found


def _wrong_with(files: BrandFiles) -> Iterator[Problem]:
    known = set(files.brand.content.facts)
    yield from _name_wrong(files.brand, Brand, ("brand",))
    yield from _page_wrong(files.brand, known)
    for file in files.car_models:
        yield from _name_wrong(file, CarModel, ("car_model",))
        yield from _page_wrong(file, known | set(file.content.facts))
        yield from _generations_wrong(file)
        for fact in file.content.facts.keys() & known:
            yield file.problem(("facts", fact), "stands in the brand's file already")


def _name_wrong(file: ContentFile[Any], model: type[Model], place: Place) -> Iterator[Problem]:
    entry = getattr(file.content, str(place[0]))
    if entry.slug != file.path.stem:
        yield file.problem((*place, "slug"), f"must be the file's name, '{file.path.stem}'")
    yield from _faults(file, model, place, entry.model_dump())


def _page_wrong(file: ContentFile[Any], known: set[str]) -> Iterator[Problem]:
    page: PageFile = file.content
    yield from _faults(file, Guide, ("guide",), page.guide.model_dump())
    yield from _unknown_facts(file, ("guide",), page.guide.facts, known)
    for name, entries in page.lists.items():
        seen: set[str] = set()
        for number, entry in enumerate(entries):
            if entry.key in seen:
                yield file.problem((name, number, "key"), f"'{entry.key}' is there twice")
            seen.add(entry.key)
            plain = {k: v for k, v in entry.values().items() if k != "generations"}
            yield from _faults(file, MODELS[name], (name, number), plain)
            yield from _unknown_facts(file, (name, number), entry.facts, known)
    for key, fact in page.facts.items():
        yield from _faults(file, Fact, ("facts", key), {"key": key, **fact.model_dump()})
        for number, source in enumerate(fact.sources):
            if source not in page.sources:
                yield file.problem(
                    ("facts", key, "sources", number),
                    f"'{source}' is not among this file's sources",
                )


def _generations_wrong(file: ContentFile[CarModelFile]) -> Iterator[Problem]:
    known = {generation.key for generation in file.content.generations}
    for number, procedure in enumerate(file.content.procedures):
        for key in set(procedure.generations) - known:
            yield file.problem(
                ("procedures", number, "generations"), f"there is no generation '{key}'"
            )


def _faults(
    file: ContentFile[Any], model: type[Model], place: Place, values: dict[str, Any]
) -> Iterator[Problem]:
    for field, message in faults(model, values):
        yield file.problem((*place, field), message)


def _unknown_facts(
    file: ContentFile[Any], place: Place, facts: list[str], known: set[str]
) -> Iterator[Problem]:
    for number, fact in enumerate(facts):
        if fact not in known:
            yield file.problem((*place, "facts", number), f"there is no fact '{fact}'")


def _named_facts(page: PageFile) -> set[str]:
    rows = [row for entries in page.lists.values() for row in entries]
    return {fact for row in [page.guide, *rows] for fact in row.facts}


def _overlaps(file: ContentFile[CarModelFile]) -> Iterator[Problem]:
    """Generations that share more than the year in which one follows the other."""
    entries = list(enumerate(file.content.generations))
    for (_number, one), (number, other) in combinations(entries, 2):
        if (
            other.key not in one.overlaps
            and one.key not in other.overlaps
            and share_years(one, other)
        ):
            yield file.problem(("generations", number), f"shares years with '{one.key}'")


def share_years(one: GenerationEntry | Generation, other: GenerationEntry | Generation) -> bool:
    if one.year_from is None or other.year_from is None:
        return False
    first, second = sorted((one, other), key=lambda entry: entry.year_from or 0)
    return first.year_to is None or first.year_to > (second.year_from or 0)
