"""Radios' files into rows: `load_radios()` reads and checks all, then stores in one transaction.

One file a brand, `content/<brand's slug>.yaml`. What stands at its top (price, prices in other
currencies, code_pattern, code_shape) goes for every radio that says nothing else. The order of the
entries is the order in which a serial is compared with them. Where no page has brought the brand
yet, `brand` names it: it is ordered from by its form alone. A brand with no radios has an `advice`
that says why nothing is sold for it.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

from django.db import transaction
from django.db.models import QuerySet
from pydantic import Field

from guides.loading.files import (
    ContentError,
    ContentFile,
    Entry,
    Place,
    Problem,
    read_yaml_with_lines,
)
from guides.loading.pages import (
    Outcome,
    Page,
    Report,
    faults,
    is_edited,
    load_pages,
    plain,
    put,
    remove_page,
)
from guides.loading.schema import RowEntry, Text
from guides.models import Brand, Fact, Guide, Loaded
from orders.models import Need, NotASerial, Provider, Radio, computes, no_codes
from orders.serials import Kind, Shape, Trap, normalise, read
from orders.serials.confusables import Pattern, pattern_fault
from orders.serials.supplier_models import SupplierModel

CONTENT = Path(__file__).resolve().parent / "content"
PATTERNS = (
    "pattern",
    "lenient_pattern",
    "line_pattern",
    "second_number_pattern",
    "device_number_pattern",
    "code_pattern",
    "canonical_pattern",
    "supplier_pattern",
)
Price = Annotated[int, Field(gt=0)]
Prices = dict[str, Price]  # in other currencies; the model knows which can be charged


class RadioEntry(RowEntry):
    name: Text
    family: str = ""
    pattern: str = ""
    lenient_pattern: str = ""
    line_pattern: str = ""
    prefix: str = ""
    length: int | None = None
    example: str = ""
    canonical_pattern: str = ""
    needs: list[Need] = []
    second_number_label: str = ""
    second_number_pattern: str = ""
    second_number_shape: str = ""
    device_number_pattern: str = ""
    device_number_shape: str = ""
    code_pattern: Text | None = None
    code_shape: Text | None = None
    placeholders: list[Text] = Field(default_factory=no_codes)
    sources: Annotated[list[Provider], Field(min_length=1)]
    supplier_model: SupplierModel | None = None
    supplier_pattern: str = ""
    desk_hours: Annotated[int, Field(gt=0)] | None = None
    price: Price | None = None
    prices: Prices | None = None
    is_fallback: bool = False


class NotASerialEntry(RowEntry):
    what: Text
    pattern: Text
    example: Text
    tell: Text

    def values(self) -> dict[str, Any]:
        return self.model_dump(exclude={"key", "example"})


class BrandEntry(Entry):
    """The brand until its page's file says more."""

    name: Text
    position: int = 0
    model_names: list[Text] = []
    advice: Text


class RadioFile(Entry):
    brand: BrandEntry | None = None
    price: Price | None = None
    prices: Prices = {}
    code_pattern: Text | None = None
    code_shape: Text | None = None
    radios: list[RadioEntry]
    not_serials: list[NotASerialEntry] = []

    def radio_values(self, entry: RadioEntry) -> dict[str, Any]:
        values = entry.model_dump(mode="json", exclude={"key"})
        for name in ("price", "prices", "code_pattern", "code_shape"):
            if values[name] is None:
                values[name] = getattr(self, name)
        values["supplier_model"] = values["supplier_model"] or ""
        return values

    def known(self) -> tuple[list[Shape], list[Trap]]:
        """As `serials.read` wants them; a shape's key is its radio's place in the file."""
        shape_fields = {"name", "pattern", "lenient_pattern", "line_pattern", "prefix", "length",
                        "example"}  # fmt: skip
        shapes = [
            Shape(
                key=number,
                is_answered=computes(entry.sources),
                **entry.model_dump(include=shape_fields),
            )
            for number, entry in enumerate(self.radios)
            if entry.pattern
        ]
        return shapes, [Trap(entry.what, entry.pattern, entry.tell) for entry in self.not_serials]


# ------------------------------------------------------------------ reading and checking
def read_radios(paths: Iterable[Path]) -> list[ContentFile[RadioFile]]:
    """Read these files (of a folder, all), or complain of everything that is wrong in them."""
    files: list[ContentFile[RadioFile]] = []
    problems: list[Problem | str] = []
    for path in paths:
        for found in sorted(path.rglob("*.yaml")) if path.is_dir() else [path]:
            try:
                file = read_yaml_with_lines(found, RadioFile)
            except ContentError as error:
                problems += error.problems
                continue
            # examples are not worth reading with patterns that are none
            problems += list(_wrong_alone(file)) or _wrong_together(file)
            files.append(file)
    if problems:
        raise ContentError(problems)
    return files


def _wrong_alone(file: ContentFile[RadioFile]) -> Iterator[Problem]:
    """What is wrong with an entry whatever the others say."""
    content = file.content
    yield from _bad_patterns(file, (), content)
    for number, radio in enumerate(content.radios):
        place = ("radios", number)
        yield from _bad_patterns(file, place, radio)
        values = content.radio_values(radio)
        for name, message in (*_radio_wrong(radio), *faults(Radio, values)):
            yield file.problem((*place, name), message)
        if wrong := Radio(**values).wrong_supply():
            yield file.problem((*place, wrong[0]), wrong[1])
    for number, entry in enumerate(content.not_serials):
        place = ("not_serials", number)
        yield from _bad_patterns(file, place, entry)
        for name, message in faults(NotASerial, entry.values()):
            yield file.problem((*place, name), message)


def _bad_patterns(file: ContentFile[RadioFile], place: Place, entry: Entry) -> Iterator[Problem]:
    for name in PATTERNS:
        if fault := pattern_fault(getattr(entry, name, None) or ""):
            yield file.problem((*place, name), f"is no pattern: {fault}")


def _radio_wrong(radio: RadioEntry) -> Iterator[tuple[str, str]]:
    if radio.is_fallback:
        if radio.pattern or radio.lenient_pattern:
            yield "pattern", "a fallback radio has none: it takes what nothing else recognised"
        return
    if not radio.pattern:
        yield "pattern", "is missing"
    if radio.example != normalise(radio.example) or not radio.example:
        yield "example", "must be a whole serial in upper case, without spaces and dashes"
    if not radio.example.startswith(radio.prefix):
        yield "prefix", f"the example does not start with {radio.prefix}"
    if radio.length and radio.length != len(radio.example):
        yield "length", f"the example has {len(radio.example)} characters"
    if Need.SECOND_NUMBER in radio.needs and not radio.second_number_label:
        yield "second_number_label", "is missing: the radio needs a second number"


def _wrong_together(file: ContentFile[RadioFile]) -> Iterator[Problem]:
    """What is wrong between the entries of a file."""
    content = file.content
    if not content.radios and not content.brand:
        yield file.problem(("radios",), "where nothing is sold, the brand's advice says why")
    elif content.radios and sum(radio.is_fallback for radio in content.radios) != 1:
        yield file.problem(("radios",), "one radio, and only one, must be the fallback")
    shapes, traps = content.known()
    for number, radio in enumerate(content.radios):
        if radio.is_fallback:
            continue
        taker = read(radio.example, shapes, traps).shape
        if not Pattern(radio.pattern).fits(radio.example):
            yield file.problem(("radios", number, "example"), "does not fit the pattern")
        elif taker and taker.key != number:
            yield file.problem(("radios", number, "example"), f"is taken by “{taker.name}”")
    for number, entry in enumerate(content.not_serials):
        reading = read(entry.example, shapes, traps)
        if reading.kind != Kind.NOT_A_SERIAL:
            yield file.problem(("not_serials", number, "example"), f"is read as {reading.kind}")
    for name, entries in (("radios", content.radios), ("not_serials", content.not_serials)):
        keys = [entry.key for entry in entries]
        for number, key in enumerate(keys):
            if key in keys[:number]:
                yield file.problem((name, number, "key"), f"'{key}' is there twice")


# ------------------------------------------------------------------ storing
FOLDERS: dict[type[Loaded], str] = {Radio: "radios", NotASerial: "not-serials"}
GIVEN_ONCE = {"price", "prices", "desk_hours"}  # by the file; then they are staff's
FIELDS = {
    Radio: {*RadioEntry.model_fields, "position"} - {"key", *GIVEN_ONCE},
    NotASerial: {*NotASerialEntry.model_fields, "position"} - {"key", "example"},
}


def load_radios(
    paths: Sequence[Path] = (), overwrite: Collection[str] = (), keep: Collection[str] = ()
) -> Report:
    """Load these files, or all there are; ContentError if one of them is wrong."""
    pages: list[Page] = []
    notes: list[str] = []
    brands: list[Brand] = []
    files = read_radios(paths or [CONTENT])
    with transaction.atomic():
        for file in files:
            if (brand := _brand_of(file)) is None:
                notes.append(f"{file.path}: no page for this brand yet, skipped")
                continue
            brands.append(brand)
            has_page = not file.content.brand or Guide.objects.filter(brand=brand).exists()
            if has_page:
                notes += map(str, _unknown_facts(file))
            pages += _pages(brand, file.content, has_page)
        report = load_pages(pages, overwrite, keep)
        for brand in brands:
            _handle_rows_without_entry(brand, {page.name for page in pages}, report)
    report.notes += notes
    return report


class RowPage(Page):
    """A radio, or a number that is no serial: staff edit each by itself."""

    def __init__(self, model: type[Loaded], brand: Brand, key: str, values: dict[str, Any]) -> None:
        self.name = f"{FOLDERS[model]}/{brand.slug}/{key}"
        self.model, self.identity, self.values = model, {"brand": brand, "key": key}, values
        self.shipped = {name: values[name] for name in values if name not in GIVEN_ONCE}

    def rows(self) -> QuerySet[Any]:
        return self.model._default_manager.filter(**self.identity)

    def standing(self) -> dict[str, Any] | None:
        row = self.rows().first()
        return {name: plain(getattr(row, name)) for name in FIELDS[self.model]} if row else None

    def replace(self) -> None:
        put(self.model, self.identity, self.shipped if self.rows().exists() else self.values)


def own_family(brand: str, key: str) -> str:
    return f"{brand}_{key}".replace("-", "_")[:40]


class AdvicePage(Page):
    """What is said on the order form of a brand that has no page."""

    def __init__(self, brand: Brand, advice: str) -> None:
        self.name, self.brand = f"advice/{brand.slug}", brand
        self.shipped = {"advice": plain(advice)}

    def rows(self) -> list[Loaded]:
        return []  # no row that version 0.9.0 can have edited

    def standing(self) -> dict[str, Any]:
        return {"advice": plain(Brand.objects.get(pk=self.brand.pk).advice)}

    def replace(self) -> None:
        put(Brand, {"pk": self.brand.pk}, self.shipped)


def _brand_of(file: ContentFile[RadioFile]) -> Brand | None:
    """Return the brand, new if only this file knows it yet."""
    slug, entry = file.path.stem, file.content.brand
    known = Brand.objects.filter(slug=slug).first()
    if known or entry is None:
        return known
    return put(Brand, {"key": slug}, {"slug": slug, **entry.model_dump(exclude={"advice"})})


def _pages(brand: Brand, content: RadioFile, has_page: bool) -> Iterator[Page]:
    if content.brand:
        yield AdvicePage(brand, content.brand.advice)
    # the page brings the facts about the brand
    known = None if has_page else set(Fact.objects.values_list("key", flat=True))
    for position, radio in enumerate(content.radios):
        values = content.radio_values(radio) | {"position": position}
        # a radio that names no family shares its codes with none
        values["family"] = radio.family or own_family(brand.slug, radio.key)
        yield RowPage(Radio, brand, radio.key, _with_known_facts(values, known))
    for position, entry in enumerate(content.not_serials):
        values = entry.values() | {"position": position}
        yield RowPage(NotASerial, brand, entry.key, _with_known_facts(values, known))


def _with_known_facts(values: dict[str, Any], known: set[str] | None) -> dict[str, Any]:
    facts = [fact for fact in values["facts"] if known is None or fact in known]
    return values | {"facts": facts}


def _handle_rows_without_entry(brand: Brand, names: Collection[str], report: Report) -> None:
    """Orders point at radios, so that staff take them off sale. Other rows go with their entry."""
    rows: Any
    for model in FOLDERS:
        rows = model._default_manager
        for row in rows.filter(brand=brand).exclude(key=""):
            page = RowPage(model, brand, row.key, {})
            if page.name in names:
                continue
            if model is NotASerial and not is_edited(page):
                remove_page(page)
                report.outcomes[page.name] = Outcome.DELETED
            else:
                report.notes.append(f"{page.name}: no longer in the file, left")


def _unknown_facts(file: ContentFile[RadioFile]) -> Iterator[Problem]:
    known = set(Fact.objects.values_list("key", flat=True))
    for name in ("radios", "not_serials"):
        for number, entry in enumerate(getattr(file.content, name)):
            for at, fact in enumerate(entry.facts):
                if fact not in known:
                    place = (name, number, "facts", at)
                    yield file.problem(place, f"no page has a fact '{fact}'")
