"""Rows into the words of their content file: what `load_guides` reads, and what editions keep.

Loading an export changes nothing, and an export of what was loaded is the same text again. Values
that are the file's defaults are left out. Comments are no rows, so they are lost. A file is named
by its page's key, which stays when staff change the page's address in the shop: that new address is
the one thing about a page that its file does not say.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import yaml
from django.db.models import QuerySet
from django.utils.text import slugify
from pydantic import BaseModel

from guides.loading.schema import (
    FactEntry,
    GenerationEntry,
    GuideEntry,
    NameEntry,
    PassageEntry,
    ProcedureEntry,
    QuestionEntry,
    SymptomEntry,
)
from guides.models import Brand, CarModel, Guide, LegalText, Loaded

WIDTH = 95
FOLDED_FROM = 80  # characters
KEY_LENGTH = 40
LEGAL = "legal/"


def file_name(page: str) -> PurePosixPath:
    """Where the page's file stands below the content folder."""
    return PurePosixPath(page + (".md" if page.startswith(LEGAL) else ".yaml"))


def legal_text(text: LegalText) -> str:
    return f"# {text.title}\n\n{plain(text.body)}\n"


def page_text(guide: Guide) -> str:
    """The page's file. Rows that staff made are given a key first, which they keep."""
    give_keys(guide)
    generations = list(guide.car_model.generations.all()) if guide.car_model else []
    facts = sorted(guide.known_facts.all(), key=lambda fact: natural(fact.key))
    sources = source_names(source for fact in facts for source in fact.sources)
    lists: dict[str, tuple[type[BaseModel], Iterable[Any]]] = {
        "generations": (GenerationEntry, generations),
        "passages": (PassageEntry, guide.passages.all()),
        "procedures": (ProcedureEntry, guide.procedures.prefetch_related("generations")),
        "symptoms": (SymptomEntry, guide.symptoms.all()),
        "questions": (QuestionEntry, guide.questions.all()),
    }
    named = guide.car_model or guide.brand
    slug = guide.key.rpartition("/")[2]
    page: dict[str, Any] = {
        "car_model" if guide.car_model else "brand": entry(NameEntry, named) | {"slug": slug},
        "generations": [],
        "guide": entry(GuideEntry, guide),
    }
    for name, (kind, rows) in lists.items():
        page[name] = [entry(kind, row) for row in rows]
    page["sources"] = {name: address for address, name in sources.items()}
    page["facts"] = {
        fact.key: entry(FactEntry, fact) | {"sources": [sources[each] for each in fact.sources]}
        for fact in facts
    }
    return to_yaml({name: part for name, part in page.items() if part or name in NEEDED})


NEEDED = ("sources", "facts")


def entry(kind: type[BaseModel], row: Any) -> dict[str, Any]:
    """The row as the file's schema has it, facts last."""
    values = {name: plain(getattr(row, name)) for name in kind.model_fields}
    found = kind.model_construct(**values).model_dump(exclude_defaults=True)
    if "facts" in found:
        found["facts"] = found.pop("facts")
    return found


def plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    if hasattr(value, "all"):
        return [row.key for row in value.all()]
    return value


# ------------------------------------------------------------------ names for what has none
def give_keys(guide: Guide) -> None:
    """A key to each row of the page that has none, made from what it says."""
    named_page(guide.brand, guide.brand.slug)
    if guide.car_model:
        named_page(guide.car_model, f"{guide.brand.key}/{guide.car_model.slug}")
    keyed(guide, (guide.car_model or guide.brand).key)
    if guide.car_model:
        key_rows(guide.car_model.generations.all(), lambda row: row.code or row.name)
    key_rows(guide.passages.all(), lambda row: row.title or row.section)
    for rows in (guide.procedures, guide.symptoms):
        key_rows(rows.all(), lambda row: row.title)
    key_rows(guide.questions.all(), lambda row: row.question)


def key_rows(rows: Iterable[Any], words: Callable[[Any], str]) -> None:
    rows = list(rows)
    taken = {row.key for row in rows}
    for row in rows:
        if not row.key:
            base = slugify(words(row))[:KEY_LENGTH].strip("-_").replace("_", "-") or "row"
            keyed(row, unused(base, taken, "-"))
            taken.add(row.key)


def named_page(row: Brand | CarModel, key: str) -> None:
    """A key that is the address, unless a page of another address came with that key."""
    if not row.key:  # it may have been given one beside another page of its brand
        row.refresh_from_db(fields=["key"])
    if not row.key:
        taken = type(row)._default_manager.exclude(key="").values_list("key", flat=True)
        keyed(row, unused(key, set(taken), "-"))


def keyed(row: Loaded, key: str) -> None:
    """A plain query: no reader sees a key, so this is no edit of which pages are told."""
    if not row.key:
        row.key = key
        QuerySet(type(row)).filter(pk=row.pk).update(key=key)


def unused(base: str, taken: Iterable[str], joint: str) -> str:
    name, number = base, 2
    while name in taken:
        name, number = f"{base}{joint}{number}", number + 1
    return name


def source_names(sources: Iterable[str]) -> dict[str, str]:
    """A short name for each address: its host's, with what the page is called if need be."""
    addresses = sorted(set(sources))
    hosts = [host(address) for address in addresses]
    names: dict[str, str] = {}
    for address, name in zip(addresses, hosts, strict=True):
        if hosts.count(name) > 1:
            last = urlsplit(address).path.rstrip("/").rpartition("/")[2].partition(".")[0]
            name = "_".join(filter(None, [name, short(last)]))
        names[address] = unused(name, names.values(), "_")
    return dict(sorted(names.items(), key=lambda pair: natural(pair[1])))


def host(address: str) -> str:
    parts = (urlsplit(address).hostname or "").removeprefix("www.").split(".")
    return short(parts[-2] if len(parts) > 1 and len(parts[-2]) > 3 else parts[0] or address)


def short(words: str) -> str:
    return slugify(words).replace("-", "_")[:KEY_LENGTH].strip("_") or "source"


def natural(key: str) -> list[tuple[int, str]]:
    """For sorting: 2 before 10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", key)]


# ------------------------------------------------------------------ YAML that people like to read
class Folded(str):
    """Text that is written over several lines."""


class Short(list[Any]):
    """A list that fits on one line."""


class Dumper(yaml.SafeDumper):
    """Block style, dashes indented below their name, an empty line between the page's parts."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


Dumper.add_representer(
    Folded, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style=">")
)
Dumper.add_representer(
    Short,
    lambda dumper, items: dumper.represent_sequence(
        "tag:yaml.org,2002:seq", items, flow_style=True
    ),
)


def to_yaml(page: dict[str, Any]) -> str:
    return "\n".join(
        yaml.dump(
            {name: styled(part)},
            Dumper=Dumper,
            sort_keys=False,
            allow_unicode=True,
            width=WIDTH,
            default_flow_style=False,
        )
        for name, part in page.items()
    )


def styled(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: styled(part) for name, part in value.items()}
    if isinstance(value, list):
        is_short = all(isinstance(part, str) and re.fullmatch(r"[\w.-]+", part) for part in value)
        if is_short and sum(len(part) + 2 for part in value) < FOLDED_FROM:
            return Short(value)
        return [styled(part) for part in value]
    if isinstance(value, str) and " " in value and (len(value) > FOLDED_FROM or "\n" in value):
        return Folded(value)
    return value
