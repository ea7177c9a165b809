"""The car of an order: one field for its model and its generation, grouped by model."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from guides.models import Brand, CarModel, Generation


class Car(NamedTuple):
    model: CarModel
    generation: Generation | None = None

    def __str__(self) -> str:
        """Return "Micra, K12 (2002–2010)"."""
        if self.generation is None:
            return self.model.name
        first, last = self.generation.year_from, self.generation.year_to
        years = f"{first}–{last}" if last else _("from %d") % first if first else ""
        name = f"{self.model.name}, {self.generation.code or self.generation.name}"
        return f"{name} ({years})" if years else name

    @property
    def value(self) -> str:
        return f"{self.model.slug}/{self.generation.slug}" if self.generation else self.model.slug


def offer_cars(form: Any, brand: Brand) -> Car | None:
    """Offer the brand's cars, or those of the model that a link names; return the known one."""
    cars = cars_of(brand)
    if not cars:
        del form.fields["car"]
        return None
    value = form.data.get("car") if form.is_bound else form.initial.get("car")
    if value is None:  # a form of the last version
        value = form.data.get("car_model")
    asked = find_car(cars, value or "")
    if form.is_bound and "car" not in form.data:
        form.remember("car", asked.value if asked else "")
    form.initial["car"] = asked.value if asked else ""
    if asked and not form.is_bound:
        cars = [car for car in cars if car.model == asked.model]
    form.fields["car"].widget.choices = car_choices(cars)
    return asked


def cars_of(brand: Brand) -> list[Car]:
    sold = brand.car_models.exclude(guide__sells_nothing=True)
    models = sold.prefetch_related("generations")
    return [
        Car(model, generation)
        for model in models
        for generation in (None, *model.generations.all())
    ]


def find_car(cars: Iterable[Car], value: str) -> Car | None:
    """Return the car that a form or a link means; its model where the generation is unknown."""
    found = next((car for car in cars if car.value == value), None)
    model, slash, _rest = value.partition("/")
    return found if found or not slash else find_car(cars, model)


def car_choices(cars: Iterable[Car]) -> list[Any]:
    """Return a group for each model that has generations."""
    choices: list[Any] = [("", _("I do not know"))]
    for model, group in groupby(cars, key=lambda car: car.model):
        whole, *rest = group
        named = [(car.value, str(car)) for car in rest]
        unsure = (whole.value, _("%s, I do not know which") % model.name)
        choices.append((model.name, [*named, unsure]) if rest else (whole.value, str(whole)))
    return choices
