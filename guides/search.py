"""Find guides by what people type: brand, car model, generation, year, or what the display says.

1. `words_of` makes plain words of what was typed.
2. `candidates` asks the database which guides may be meant. PostgreSQL compares trigrams, so that
   it forgives slips and stays quick with very many models; elsewhere all guides are candidates.
3. `Typed` compares word by word, alike on every database: a word is met whole, by its beginning,
   or, where it is long enough to tell, with a slip in it.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache, reduce
from operator import or_
from typing import Any

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection
from django.db.models import Case, F, FloatField, Q, QuerySet, Value, When

from guides.models import Brand, CarModel, Generation, Guide, Shows, Symptom

LONGEST = 80  # characters of a question that are read
MOST_WORDS = 6
SHOWN = 12  # guides, and rows about the display
CANDIDATES = 50
CLOSE = 0.75  # "renolt" is that near to Renault, "lancia" not to Dacia

YEAR = re.compile(r"(19[5-9]|20[0-4])\d")
# Words that every guide has.
FILLERS = frozenset({
    "a", "and", "car", "code", "codes", "display", "for", "in", "is", "my", "no", "of", "on",
    "radio", "says", "shows", "stereo", "the", "unlock",
})  # fmt: skip
# What is typed for a name that no comparison of letters would find.
ALIASES = {"vw": "volkswagen", "kashkai": "qashqai", "cashkai": "qashqai"}
# What people call a state of the display, beside the words in capitals in a row's title.
CALLED = {
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


@dataclass(frozen=True)
class Found:
    hits: list[Hit] = field(default_factory=list)
    symptoms: list[Symptom] = field(default_factory=list)
    is_exact: bool = True  # every word was met
    has_more: bool = False


def search(question: str) -> Found:
    """The guides that meet most of the words, best first, and what the display's words mean."""
    words = words_of(question)
    car_words = [word for word in words if word not in FILLERS]
    hits, met = search_guides(car_words)
    symptoms = search_symptoms([word for word in car_words or words if word not in met], hits)
    said = {word for row in symptoms for word in car_words if says(row, word)}
    return Found(
        hits=hits[:SHOWN],
        symptoms=symptoms[:SHOWN],
        is_exact=met | said >= set(car_words),
        has_more=len(hits) > SHOWN,
    )


# ------------------------------------------------------------------ words
def words_of(text: str) -> list[str]:
    """Plain words, each once: "Citroën, X-TRAIL" is citroen, x, trail.

    No car has a word of five digits: a serial among the words is not passed on to the database.
    """
    text = re.sub(r"(-\s*){3,}", " dashes ", text[:LONGEST])
    return [
        word
        for word in list(dict.fromkeys(ALIASES.get(word, word) for word in fold(text)))[:MOST_WORDS]
        if sum(map(str.isdigit, word)) < 5
    ]


def fold(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return re.findall(r"[a-z0-9]+", plain)


def names(*texts: str) -> set[str]:
    """The words of some names; parts that a dash or a space separates also as one: xtrail."""
    words = {word for text in texts for word in fold(text)}
    return words | {"".join(parts) for text in texts if len(parts := fold(text)) == 2}


def is_forgiven(word: str) -> bool:
    """Of short words and numbers a neighbour is another car: K12 and K13, 206 and 207."""
    return len(word) > 3 and word.isalpha()


@lru_cache(maxsize=8192)
def likeness(typed: str, word: str) -> float:
    if typed == word:
        return 1.0
    if word.startswith(typed):
        return 0.9
    if not is_forgiven(typed):
        return 0.0
    pair = SequenceMatcher(None, typed, word, autojunk=False)
    if pair.real_quick_ratio() < CLOSE or pair.quick_ratio() < CLOSE:
        return 0.0
    ratio = pair.ratio()
    return 0.8 * ratio if ratio >= CLOSE else 0.0


def best(typed: str, words: Iterable[str]) -> float:
    return max((likeness(typed, word) for word in words), default=0.0)


# ------------------------------------------------------------------ guides
def search_guides(words: list[str]) -> tuple[list[Hit], set[str]]:
    """The guides that meet as many words as any guide does, and the words that one of them met."""
    if not words:
        return [], set()
    typed = Typed(words)
    scored = [(typed.likenesses(guide), guide) for guide in typed.candidates()]
    if not all(map(YEAR.fullmatch, words)):  # a year alone does not make it that car
        scored = [(s, guide) for s, guide in scored if not all(map(YEAR.fullmatch, s))]
    most = max((len(scores) for scores, _ in scored), default=0)
    if not most:
        return [], set()
    nearest = sorted(((scores, guide) for scores, guide in scored if len(scores) == most), key=rank)
    hits = [Hit(guide, typed.generations(guide)) for _, guide in nearest]
    return hits, {word for scores, _ in nearest for word in scores}


def rank(scored: tuple[dict[str, float], Guide]) -> tuple[Any, ...]:
    """Nearest first; among equals as the shop lists them, a brand's page before its models'."""
    scores, guide = scored
    car = guide.car_model
    place = (car.position, car.name) if car else (-1, "")
    return -sum(scores.values()), guide.brand.position, guide.brand.name, place


class Typed:
    """The words of one question, and how well a guide meets them."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.all_brands = Brand.objects.in_bulk()
        self.brand_words = {
            pk: names(brand.name, brand.slug) for pk, brand in self.all_brands.items()
        }

    def brands(self, word: str) -> list[int]:
        return [pk for pk, words in self.brand_words.items() if best(word, words)]

    def candidates(self) -> list[Guide]:
        guides = list(candidates(self))
        for guide in guides:  # joined here, as all brands are known
            guide.brand = self.all_brands[guide.brand_id]
            if guide.car_model:
                guide.car_model.brand = guide.brand
        return guides

    def likenesses(self, guide: Guide) -> dict[str, float]:
        """How near each word comes, without those that are not met at all."""
        own = self._names(guide)
        scores = {
            word: max(best(word, own), *(meets(word, each) for each in generations_of(guide)), 0.0)
            for word in self.words
        }
        return {word: score for word, score in scores.items() if score}

    def generations(self, guide: Guide) -> list[Generation]:
        """The generations that meet every word which brand and car model leave open."""
        own = self._names(guide)
        rest = [word for word in self.words if not best(word, own)]
        met = [word for word in rest if any(meets(word, each) for each in generations_of(guide))]
        return [
            each for each in generations_of(guide) if met and all(meets(word, each) for word in met)
        ]

    def _names(self, guide: Guide) -> set[str]:
        car = guide.car_model
        return self.brand_words[guide.brand_id] | (names(car.name, car.slug) if car else set())


def generations_of(guide: Guide) -> list[Generation]:
    return list(guide.car_model.generations.all()) if guide.car_model else []


def meets(word: str, generation: Generation) -> float:
    if YEAR.fullmatch(word) and generation.year_from:
        last = generation.year_to or int(word)
        if generation.year_from <= int(word) <= last:
            return 1.0
    return best(word, names(generation.code, generation.name))


def candidates(typed: Typed) -> QuerySet[Guide]:
    guides = (
        Guide.objects.filter(is_published=True)
        .select_related("car_model")
        .prefetch_related("car_model__generations")
    )
    if connection.vendor != "postgresql":
        return guides
    score = sum((may_mean(word, typed.brands(word)) for word in typed.words), start=Value(0.0))
    listed: list[Any] = [F("car_model__position").asc(nulls_first=True), "pk"]
    return guides.annotate(score=score).order_by("-score", *listed)[:CANDIDATES]


def may_mean(word: str, brands: list[int]) -> Any:
    """How near PostgreSQL finds a guide to a word, 0 to 1; `Typed` looks closer at the best.

    A filter on the same conditions would look everything up twice. Slugs are plain already, so
    that no accents need be stripped; how near is near enough for `trigram_word_similar` is set in
    the settings, with the connection.
    """
    if is_forgiven(word):
        models = CarModel.objects.filter(slug__trigram_word_similar=word)
        generations = Generation.objects.filter(name__trigram_word_similar=word)
        nearness = [
            When(car_model__in=models, then=TrigramWordSimilarity(word, "car_model__slug")),
            When(car_model__in=generations.values("car_model"), then=Value(0.4)),
        ]
    else:
        models = CarModel.objects.filter(slug__contains=word)
        generations = Generation.objects.filter(Q(code__istartswith=word) | in_year(word))
        nearness = [
            When(car_model__in=generations.values("car_model"), then=Value(1.0)),
            When(car_model__in=models, then=TrigramWordSimilarity(word, "car_model__slug")),
        ]
    return Case(
        When(brand__in=brands, then=Value(1.0)),
        *nearness,
        default=Value(0.0),
        output_field=FloatField(),
    )


def in_year(word: str) -> Q:
    if not YEAR.fullmatch(word):
        return Q(pk__in=[])
    year = int(word)
    return Q(year_from__lte=year) & (Q(year_to=None) | Q(year_to__gte=year))


# ------------------------------------------------------------------ the display
def search_symptoms(words: list[str], hits: list[Hit]) -> list[Symptom]:
    """What the display's words mean: on the pages that were found, or else on every brand's."""
    if not words:
        return []
    pages = [hit.guide for hit in hits]
    brands = [guide for guide in pages if guide.car_model is None]
    where = Q(guide__in=brands or pages[:1]) if pages else Q(guide__car_model=None)
    shows = [shows for shows, called in CALLED.items() if any(best(word, called) for word in words)]
    titles = reduce(or_, (Q(title__icontains=word) for word in words))
    rows = (
        Symptom.objects.filter(where, titles | Q(shows__in=shows))
        .filter(guide__is_published=True, is_trouble=False)
        .select_related("guide__brand", "guide__car_model__brand")
        .order_by("guide__brand__position", "position", "pk")
    )
    met = [(sum(bool(says(row, word)) for word in words), row) for row in rows]
    most = max((count for count, _ in met), default=0)
    return [row for count, row in met if count == most and most]


def says(row: Symptom, word: str) -> float:
    """Whether a word stands on the display: titles have it in capitals, as in LOCKED10."""
    on_display = {text.lower() for text in re.findall(r"\b[A-Z0-9]{2,}\b", row.title)}
    return best(word, on_display | CALLED.get(Shows(row.shows), set()) if row.shows else on_display)
