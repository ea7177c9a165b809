"""Find guides by what people type: brand, car model, generation, year, or what the display shows.

The words of all published pages lie in memory while the content stays. A typed word means one of
them whole, by its beginning or, where it is long enough, with a slip in it.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from django.db.models import F
from django.utils.text import slugify
from rapidfuzz import fuzz, process

from guides import offers
from guides.content_version import Kept
from guides.models import Brand, Generation, Guide, Shows, Symptom

T = TypeVar("T")
LONGEST = 80  # characters of a question that are read
MOST_WORDS = 6
SHOWN = 12  # guides
SHOWN_STATES = 40  # rows about the display: those of all brands
CLOSE = 75  # percent: "renolt" is that near to Renault, "lancia" not to Dacia

ON_DISPLAY = re.compile(r"\b[A-Z0-9]{2,}\b")  # in a row's title, as in LOCKED10
YEAR = re.compile(r"(19[5-9]|20[0-4])\d")
LAST_YEAR = 2049  # that YEAR takes
# Words that say nothing about which car it is.
FILLERS = frozenset({
    "a", "and", "audio", "car", "code", "codes", "display", "find", "for", "forgot", "help", "in",
    "is", "lost", "mk1", "mk2", "mk3", "mk4", "mk5", "mk6", "mk7", "mk8", "my", "need", "no",
    "number", "of", "on", "please", "radio", "reset", "says", "serial", "shows", "stereo", "the",
    "unlock", "where",
})  # fmt: skip
# What is typed for a name that no comparison of letters would find.
ALIASES = {"vw": "volkswagen", "kashkai": "qashqai", "cashkai": "qashqai"}
SHORT_BRANDS = {"alfa": "alfaromeo", "mercedes": "mercedesbenz", "merc": "mercedesbenz"}
SEVERAL_NAMES = re.compile(r"[/,&+]|\band\b", re.IGNORECASE)
# Makes without guide or order form: the search names them with what their owners can do.
NOT_COVERED = {
    name.casefold(): name
    for name in (
        "Bentley", "Cadillac", "Chevrolet", "Cupra", "Daihatsu", "Ferrari", "Holden", "Infiniti",
        "Isuzu", "Iveco", "Lada", "Lotus", "Maserati", "MG", "Porsche", "Proton", "Rover", "Saab",
        "Scania", "SsangYong", "Subaru", "Tesla",
    )
}  # fmt: skip
# What people call a state of the display, beside the words in capitals in a row's title.
CALLED: dict[str, set[str]] = {
    Shows.CODE: {"code", "dashes", "0000"},
    Shows.BLANK: {"battery", "blank", "dark", "dead", "nothing", "silent", "sound"},
    Shows.WAIT: {"wait"},
    Shows.LOCKED: {"lock", "locked"},
    Shows.ERROR: {"err", "error"},
    Shows.SECURE: {"secure"},
    Shows.NEW: {"new"},
}


@dataclass(frozen=True)
class Hit:
    guide: Guide
    generations: list[Generation]  # those that were asked for, by code, name or year
    models: list[str]  # those of the brand that were asked for and have no page of their own

    def get_absolute_url(self) -> str:
        if len(self.generations) == 1:
            return self.generations[0].get_absolute_url()
        anchor = f"#{slugify(self.models[0])}" if self.models else ""
        return self.guide.get_absolute_url() + anchor


@dataclass(frozen=True)
class Found:
    hits: list[Hit] = field(default_factory=list)
    symptoms: list[Symptom] = field(default_factory=list)
    is_exact: bool = True  # every word was met
    has_more: bool = False
    brands: list[Brand] = field(default_factory=list)  # that have no page yet, but an order form
    makes: list[str] = field(default_factory=list)  # that were named and are not covered
    is_general: bool = False  # no word was about a car or a display


def search(question: str) -> Found:
    """The guides that meet most of the words, best first, and what the display's words mean."""
    index = _index.get(Index)
    words = join_pairs(words_of(question), index.words)
    car_words = [word for word in words if word not in FILLERS]
    named = index.named(words)
    makes = index.not_covered(words)
    # where a brand without a page is named, only pages that name it beside others
    names_of_it = set[str]().union(*map(own_names, named))
    cars = [each for each in index.cars if not named or own_names(each[0][0].brand) & names_of_it]
    if makes and not named:
        cars = []
    found, met = best(cars, car_words)
    asked: dict[Guide, list[Generation | str | None]] = {}
    for guide, part in found:
        asked.setdefault(guide, []).append(part)
    # None among them: no word was about a generation or a model
    parts = {guide: [] if None in those else those for guide, those in asked.items()}
    hits = [
        Hit(
            guide,
            [part for part in those if isinstance(part, Generation)],
            [part for part in those if isinstance(part, str)],
        )
        for guide, those in parts.items()
    ]
    # on the pages that were found, or on every brand's page where none was
    brands = [guide for guide in asked if guide.car_model is None]
    pages = brands or list(asked)[:1] or index.brands
    if (named or makes) and not asked:
        pages = []
    rows = [(row, shown) for row, shown in index.symptoms if row.guide in pages]
    symptoms, explained = best(rows, [word for word in car_words or words if word not in met])
    if not (asked or symptoms or named or makes):
        near = [meanings(word, set(NOT_COVERED)) for word in car_words if len(word) > 4]
        makes = [NOT_COVERED[max(each, key=each.__getitem__)] for each in near if each]
    # Years are known of some cars only; a single figure is a generation, as in Golf 4.
    has_years = bool(asked.keys() & index.dated)
    needed = {word for word in car_words if len(word) > 1 and (has_years or not is_year(word))}
    return Found(
        hits=hits[:SHOWN],
        symptoms=symptoms[:SHOWN_STATES],
        is_exact=met | explained >= needed,
        has_more=len(hits) > SHOWN,
        brands=named,
        makes=makes,
        is_general=bool(words) and not (car_words or symptoms),
    )


def is_year(word: str) -> bool:
    return bool(YEAR.fullmatch(word))


def words_of(text: str) -> list[str]:
    """The words of a question, each once, without those of five digits, which no car has."""
    text = re.sub(r"(-\s*){3,}", " dashes ", text[:LONGEST])
    words = list(dict.fromkeys(ALIASES.get(word, word) for word in fold(text)))
    return [word for word in words[:MOST_WORDS] if sum(map(str.isdigit, word)) < 5]


def join_pairs(words: list[str], known: set[str]) -> list[str]:
    """Write a name as one word that was typed as two: 6000 CD is 6000cd."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] + word in known:
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def fold(text: str) -> list[str]:
    """Plain words: "Citroën, X-TRAIL" is citroen, x, trail."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return re.findall(r"[a-z0-9]+", plain)


def names(*texts: str) -> set[str]:
    """The words of some names; parts that a dash or a space separates also as one: xtrail."""
    words = {word for text in texts for word in fold(text)} - FILLERS
    return words | {"".join(parts) for text in texts if len(parts := fold(text)) == 2}


def joined(name: str) -> str:
    return "".join(fold(name))


def own_names(brand: Brand) -> set[str]:
    """Each of its names in one plain word: alfaromeo. Opel is "Vauxhall / Opel"."""
    return {joined(part) for part in SEVERAL_NAMES.split(brand.name)} - {""}


def brands_by_name(brands: Iterable[Brand]) -> dict[str, Brand]:
    """A brand's whole name goes before another's part: Škoda before "Volkswagen, Škoda, SEAT"."""
    found = list(brands)
    names = {name: brand for brand in reversed(found) for name in own_names(brand)}
    names |= {joined(name): brand for brand in found for name in (brand.name, brand.slug)}
    short = ALIASES | SHORT_BRANDS
    names |= {alias: names[name] for alias, name in short.items() if name in names}
    names.pop("", None)
    return names


class Index:
    """What can be found, in the shop's order, each with the words by which it is found."""

    def __init__(self) -> None:
        self.cars: list[tuple[tuple[Guide, Generation | str | None], set[str]]] = []
        pages = Guide.objects.filter(is_published=True).select_related("brand", "car_model__brand")
        place = F("car_model__position").asc(nulls_first=True)
        ordered = pages.order_by("brand__position", "brand__name", place, "car_model__name")
        for guide in ordered.prefetch_related("car_model__generations"):
            brand, car = guide.brand, guide.car_model
            words = names(brand.name, brand.slug, *([car.name, car.slug] if car else []))
            # the 10 of Audio 10 is also on displays
            called = names(*brand.radio_names) if car is None else set()
            radios = {word for word in called if not word.isdigit() or len(word) > 2}
            self.cars.append(((guide, None), words | radios))
            for name in [] if car else brand.model_names:
                self.cars.append(((guide, name), words | radios | names(name)))
            for each in car.generations.all() if car else ():
                years = range(each.year_from or LAST_YEAR + 1, (each.year_to or LAST_YEAR) + 1)
                own = names(each.code, each.name) | {str(year) for year in years}
                self.cars.append(((guide, each), words | own))
        self.dated = {guide for (guide, part), _ in self.cars if isinstance(part, Generation)}
        named = [
            guide.car_model.name if guide.car_model else part
            for (guide, part), _ in self.cars
            if guide.car_model or isinstance(part, str)
        ]
        self.model_words = {word for word in names(*map(str, named)) if len(word) > 3}
        self.words = set[str]().union(*(words for _, words in self.cars))
        self.brands = [guide for (guide, part), _ in self.cars if not (guide.car_model or part)]
        have_pages = {guide.brand_id for guide in self.brands}
        self.named_on_pages = set[str]().union(*(own_names(guide.brand) for guide in self.brands))
        self.without_page: dict[str, Brand] = {}
        self.models_without_page: dict[str, Brand] = {}
        for name, brand in brands_by_name(Brand.objects.all()).items():
            if brand.pk not in have_pages and offers.order_form_of(brand.slug):
                self.without_page[name] = brand
                self.models_without_page |= {joined(each): brand for each in brand.model_names}
        rows = Symptom.objects.filter(guide__is_published=True, is_trouble=False)
        self.symptoms = [
            (row, set(fold(" ".join(ON_DISPLAY.findall(row.title)))) | CALLED.get(row.shows, set()))
            for row in rows.select_related("guide__brand", "guide__car_model__brand").order_by(
                "guide__brand__position", "position", "pk"
            )
        ]

    def not_covered(self, words: list[str]) -> list[str]:
        """Return the makes among these words, unless a model that is covered is named too."""
        known = self.model_words - NOT_COVERED.keys()
        if any(word.isalpha() and word in known for word in words):
            return []
        return [NOT_COVERED[word] for word in words if word in NOT_COVERED]

    def named(self, words: list[str]) -> list[Brand]:
        """Return the brands without a page that these words name, or else a model of."""
        typed = [*("".join(pair) for pair in zip(words, words[1:], strict=False)), *words]
        met: list[Brand] = []
        for word in typed:
            may_be_slip = len(word) > 4 and word not in self.words
            near = meanings(word, set(self.without_page)) if may_be_slip else {}
            closest = max(near, key=near.__getitem__, default="")
            met += filter(None, [self.without_page.get(word) or self.without_page.get(closest)])
        if not met and not self.named_on_pages & set(typed):
            met += filter(None, map(self.models_without_page.get, typed))
        return list(dict.fromkeys(met))


def best(entries: list[tuple[T, set[str]]], typed: list[str]) -> tuple[list[T], set[str]]:
    """The entries that meet the most words, nearest first, and the words that they meet."""
    known = set[str]().union(*(words for _, words in entries))
    near = {word: meanings(word, known) for word in typed}
    # a year or a single character alone does not make it that car
    telling = {word for word in typed if len(word) > 1 and not is_year(word)} or set(typed)
    scored = []
    for entry, words in entries:
        met = {word: near[word].keys() & words for word in typed}
        scores = {word: max(near[word][each] for each in met[word]) for word in typed if met[word]}
        if scores.keys() & telling:
            scored.append((scores, entry))
    most = max((len(scores) for scores, _ in scored), default=0)
    nearest = [each for each in scored if len(each[0]) == most]
    nearest.sort(key=lambda each: -sum(each[0].values()))
    return [entry for _, entry in nearest], {word for scores, _ in nearest for word in scores}


def meanings(typed: str, words: set[str]) -> dict[str, float]:
    """Which of these words may be meant, and how near each is."""
    near: dict[str, float] = {}
    if len(typed) > 3 and typed.isalpha():  # else a neighbour is another car: K12 and K13
        long = [word for word in words if len(word) > 3]
        close = process.extract(typed, long, scorer=fuzz.ratio, score_cutoff=CLOSE, limit=None)
        near = {word: 0.008 * percent for word, percent, _ in close}
    if len(typed) > 1 and not typed.isdigit():
        near |= {word: 0.9 for word in words if word.startswith(typed)}
    return near | ({typed: 1.0} if typed in words else {})


_index: Kept[Index] = Kept()
