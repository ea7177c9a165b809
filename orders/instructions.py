"""Instructions beside the code, the same for page and mail: entering it, waiting, tries."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Q

from guides.display import ANSWERS, State
from guides.models import Brand, CarModel, Generation, Guide, Procedure, Shows, Symptom
from orders.models import Order, Radio


@dataclass(frozen=True)
class Advice:
    """`guide` is the car's page, or its brand's; `wait_first` is what to do before the code."""

    procedures: list[Procedure]
    staff_steps: list[str]
    tries: str
    guide: Guide | None
    wait_first: Symptom | None

    @property
    def is_by_presets(self) -> bool:
        return any(p.drawing == Procedure.Drawing.PRESETS for p in self.procedures)

    def presses(self, code: str) -> list[tuple[int, int]]:
        """Which preset to press how often, where each steps a digit of its own up from 0."""
        if not code.isdigit() or not self.is_by_presets:
            return []
        return [(preset, int(digit)) for preset, digit in enumerate(code, start=1)]


def advice_for(order: Order) -> Advice:
    guides = guides_of(order.brand, order.car_model)
    return Advice(
        procedures=entry_procedures(order),
        staff_steps=order.entry_steps.splitlines(),
        tries=next((guide.tries for guide in guides if guide.tries), ""),
        guide=next(iter(guides), None),
        wait_first=wait_first(guides, order.shows),
    )


def entry_procedures(order: Order) -> list[Procedure]:
    return entry_steps(order.radio, order.car_model, order.generation)


def entry_steps(
    radio: Radio, car_model: CarModel | None = None, generation: Generation | None = None
) -> list[Procedure]:
    """How to enter a code on this radio: in this generation, else this model, else this brand.

    Steps of other generations do not count: their radios take the code in another way.
    """
    known = Procedure.objects.filter(guide__brand=radio.brand_id, kind=Procedure.Kind.ENTER)
    own = known.filter(guide__car_model=car_model)
    choices = [own, known.filter(guide__car_model=None)]
    if car_model and generation:
        choices[:1] = [own.filter(generations=generation), own.filter(generations=None)]
    return next((found for choice in choices if (found := fitting(choice, radio))), [])


def fitting(procedures: Iterable[Procedure], radio: Radio) -> list[Procedure]:
    return [procedure for procedure in procedures if procedure.is_for(radio.key)]


def guides_of(brand: Brand, car_model: CarModel | None) -> list[Guide]:
    """Return the guide of the car model, then that of its brand."""
    pages = Guide.objects.filter(brand=brand, is_published=True)
    pages = pages.filter(Q(car_model=car_model) | Q(car_model=None))
    return list(pages.order_by(F("car_model").asc(nulls_last=True)))


def meaning_of(guides: list[Guide], shows: str) -> Symptom | None:
    """Return what the model's guide, or else the brand's, says about this display."""
    if not shows:  # nothing was chosen; rows for other states have no word either
        return None
    found = Symptom.objects.filter(guide__in=guides, shows=shows, is_trouble=False)
    return found.order_by(F("guide__car_model").asc(nulls_last=True), "position").first()


def answer_to(guides: list[Guide], shows: str) -> Symptom | State | None:
    """Return what the guides say about this display, or else what is true of any radio."""
    return meaning_of(guides, shows) or ANSWERS.get(shows)


def wait_first(guides: list[Guide], shows: str) -> Symptom | None:
    """Return the symptom if the display says that a timer runs."""
    meaning = meaning_of(guides, shows)
    return meaning if meaning and meaning.code_helps == Symptom.CodeHelps.LATER else None


# Not every radio has them: offered where a guide explains them.
SOME_RADIOS = {Shows.SAFE, Shows.SECURE, Shows.NEW, Shows.UNPAIRED, Shows.FINAL}


def states_of(guides: list[Guide]) -> list[tuple[str, str]]:
    """Return what the display may show, by the guides' titles; all there is if they say nothing."""
    rows = Symptom.objects.filter(guide__in=guides, is_trouble=False).exclude(shows="")
    titles: dict[str, str] = {}
    for row in rows.order_by(F("guide__car_model").asc(nulls_last=True), "position"):
        titles.setdefault(row.shows, row.title)
    return [
        (shows.value, titles.get(shows, str(shows.label)))
        for shows in Shows
        if shows in titles or not titles or shows not in SOME_RADIOS
    ]
