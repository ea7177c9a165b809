"""Instructions beside the code, the same for page and mail: entering it, waiting, tries."""

from dataclasses import dataclass

from django.db.models import F, Q

from guides.models import Brand, CarModel, Guide, Procedure, Symptom
from orders.models import Order


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
    """How to enter the code: on this generation, else on this model, else on this brand."""
    known = Procedure.objects.filter(guide__brand=order.brand, kind=Procedure.Kind.ENTER)
    of_model = known.filter(guide__car_model=order.car_model)
    choices = [known.filter(guide__car_model=None)]
    if order.car_model:
        choices.insert(0, of_model)
    if order.generation:
        choices.insert(0, of_model.filter(generations=order.generation))
    return next((found for choice in choices if (found := list(choice))), [])


def guides_of(brand: Brand, car_model: CarModel | None) -> list[Guide]:
    """Return the guide of the car model, then that of its brand."""
    pages = Guide.objects.filter(brand=brand, is_published=True)
    pages = pages.filter(Q(car_model=car_model) | Q(car_model=None))
    return list(pages.order_by(F("car_model").asc(nulls_last=True)))


def meaning_of(guides: list[Guide], shows: str) -> Symptom | None:
    """Return what the model's guide, or else the brand's, says about this display."""
    found = Symptom.objects.filter(guide__in=guides, shows=shows, is_trouble=False)
    return found.order_by(F("guide__car_model").asc(nulls_last=True), "position").first()


def wait_first(guides: list[Guide], shows: str) -> Symptom | None:
    """Return the symptom if the display says that a timer runs."""
    meaning = meaning_of(guides, shows) if shows else None
    return meaning if meaning and meaning.code_helps == Symptom.CodeHelps.LATER else None
