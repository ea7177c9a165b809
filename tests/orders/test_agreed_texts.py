"""Terms that orders agreed to in version 0.9.0, which kept them as rows of guides_edition."""

from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from orders.legal import adopt_consents, terms_of
from orders.models import AgreedText, Consent, Order
from tests.steps.factories import make_order

pytestmark = [pytest.mark.django_db, pytest.mark.also_on_sqlite]


@pytest.fixture
def old() -> Any:
    """The models as the migration sees them."""
    migrations = [("guides", "0004_editions"), ("orders", "0013_agreed_texts_of_orders")]
    return MigrationLoader(connection).project_state(migrations).apps


def old_revision(old: Any, text: str) -> Any:
    return old.get_model("guides", "Edition").objects.create(page="legal/terms", text=text)


def order(version: object) -> Order:
    made = make_order()
    Consent.objects.create(order=made, kind="terms", version=str(version), text="Our terms apply.")
    return made


def migrate(old: Any) -> None:
    module = import_module("orders.migrations.0013_agreed_texts_of_orders")
    module.copy_agreed_texts(old, None)


def text_of(order: Order) -> str:
    agreed = order.consents.get(kind="terms").agreed
    return agreed.text if agreed else ""


def test_the_migration_copies_what_consents_name(old: Any) -> None:
    first, unread, second = (old_revision(old, text) for text in ("# Terms\n\n1.\n", "Draft", "2."))
    orders = [order(first.pk), order(second.pk), order(first.pk)]
    for _again in range(2):
        migrate(old)
        assert [text_of(each) for each in orders] == [first.text, second.text, first.text]
    assert set(AgreedText.objects.values_list("pk", flat=True)) == {first.pk, second.pk}
    assert unread.pk not in AgreedText.objects.values_list("pk", flat=True)


def test_editions_of_the_same_words_become_one_text(old: Any) -> None:
    editions = [old_revision(old, text) for text in ("1.", "2.", "1.")]
    orders = [order(each.pk) for each in editions]
    migrate(old)
    assert [text_of(each) for each in orders] == ["1.", "2.", "1."]
    assert AgreedText.objects.count() == 2


def test_the_newest_terms_keep_their_number(old: Any) -> None:
    """So that forms which one version rendered are good for the other."""
    newest = old_revision(old, "# Terms\n\nNew.\n")
    migrate(old)
    assert AgreedText.of("legal/terms", newest.text).pk == newest.pk


def test_the_migration_fails_where_a_text_is_missing(old: Any) -> None:
    kept = old_revision(old, "1.")
    order(kept.pk)
    lost = order(kept.pk + 1)
    with pytest.raises(RuntimeError, match=f"no row {kept.pk + 1} of .*orders {lost.number}"):
        migrate(old)
    assert not AgreedText.objects.exists()


def test_the_sweep_adopts_what_the_old_version_wrote(old: Any) -> None:
    orders = [order(old_revision(old, "1.").pk), order(old_revision(old, "2.").pk)]
    adopt_consents()
    assert [text_of(each) for each in orders] == ["1.", "2."]


def test_the_terms_are_found_before_the_sweep_comes(old: Any) -> None:
    made = order(old_revision(old, "1.").pk)
    terms = terms_of(made)
    assert terms and terms.text == "1."
    assert text_of(made) == "1."
