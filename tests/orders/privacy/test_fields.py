"""Every column of the shop's own tables is known to be about a person, or not to be."""

from itertools import chain

from django.apps import apps
from django.db import models

from orders.privacy.fields import DATED, DELETED, EMPTIED, GO_WITH, HARMLESS, OF_THE_SHOP

# columns that may have typed words or an address
MAY_HAVE_WORDS = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.GenericIPAddressField,
    models.UUIDField,
    models.BinaryField,
    models.FileField,
)


def columns(model: type[models.Model]) -> set[str]:
    return {f.name for f in model._meta.concrete_fields if isinstance(f, MAY_HAVE_WORDS)}


def test_each_column_that_may_hold_words_is_listed_once() -> None:
    models_of = (apps.get_app_config(app).get_models() for app in ("orders", "axes"))
    for model in chain.from_iterable(models_of):
        if model in DELETED or model in GO_WITH or model in OF_THE_SHOP:
            continue
        lists = [set(EMPTIED.get(model, {})), HARMLESS.get(model, set()), DATED.get(model, set())]
        listed = [name for each in lists for name in each if name in columns(model)]
        assert sorted(listed) == sorted(columns(model)), model.__name__


def test_the_lists_name_no_column_that_is_gone() -> None:
    for lists in (EMPTIED, HARMLESS, DATED):
        for model, names in lists.items():
            assert set(names) <= {f.name for f in model._meta.concrete_fields}, model.__name__
