"""What staff may ask a list of the admin, and that no list or link leads them to a secret."""

import re
from html import unescape
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import models
from django.test import Client, RequestFactory
from django.urls import reverse

from orders.lib import crypto
from orders.models import Order, Receipt, Selling
from tests.hostile.town import fill
from tests.steps.factories import make_order, make_payment, make_staff
from tests.steps.receipts import sold

pytestmark = pytest.mark.django_db

ADMINS = admin.site._registry
LOOKUPS = ["", "__exact", "__iexact", "__contains", "__icontains", "__startswith", "__regex",
           "__iregex", "__gt", "__gte", "__lt", "__lte", "__range", "__in", "__isnull", "__year",
           "__length", "__a", "__a__regex", "__0__startswith"]  # fmt: skip
SECRET = re.compile("token|form_key|network|params|_url|password|hash|encrypted|conflicts")


def url_of(model: type[models.Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def may_be_asked(model: type[models.Model]) -> set[str]:
    """Columns that a list may be filtered by: those that it names itself."""
    site: Any = ADMINS[model]
    filters = [each for each in site.list_filter if isinstance(each, str)]
    return {model._meta.pk.name, *filters, *site.more_lookups, site.date_hierarchy or ""}


def paths_of(model: type[models.Model], depth: int = 2) -> set[str]:
    """All columns of a model, and of the rows that it leads to."""
    found = set()
    for field in model._meta.get_fields():
        found.add(field.name)
        if depth and isinstance(field.related_model, type):
            below = paths_of(field.related_model, depth - 1)
            found |= {f"{field.name}__{path}" for path in below}
    return found


@pytest.mark.parametrize("model", ADMINS, ids=lambda model: model._meta.label)
def test_a_list_is_filtered_by_what_it_names_alone(
    model: type[models.Model], rf: RequestFactory
) -> None:
    request = rf.get("/")
    request.user = make_staff("otto")
    named = may_be_asked(model)
    links = {f"{name}__{key}" for name in named for key in ("id", "pk", "slug", "name", "username")}
    for path in sorted(paths_of(model) - named):
        for lookup in LOOKUPS:
            is_allowed = ADMINS[model].lookup_allowed(path + lookup, "a", request)
            is_named = path + lookup in named or (path in links and lookup == "__exact")
            assert not is_allowed or is_named, path + lookup
    for path in named:
        for lookup in ("__regex", "__iregex", "__contains", "__startswith", "__range", "__x"):
            assert not ADMINS[model].lookup_allowed(path + lookup, "a", request), path + lookup


@pytest.mark.parametrize("model", ADMINS, ids=lambda model: model._meta.label)
def test_a_hand_made_address_filters_by_no_other_column(
    model: type[models.Model], rf: RequestFactory
) -> None:
    """Through the list itself: every column, and what lies within JSON or in other rows."""
    site: Any = ADMINS[model]
    user = all_but_codes()
    named = may_be_asked(model)
    for path in sorted(paths_of(model, depth=1) - named):
        for lookup in ("__startswith", "__a__regex", "__gte"):
            if path + lookup in named:
                continue
            request = rf.get("/", {path + lookup: "a"})
            request.user = user
            with pytest.raises((SuspiciousOperation, PermissionDenied)):
                site.get_changelist_instance(request)


@pytest.mark.parametrize("model", ADMINS, ids=lambda model: model._meta.label)
def test_no_column_sorts_by_a_secret(model: type[models.Model], rf: RequestFactory) -> None:
    """Whatever number of a column stands in the address."""
    site: Any = ADMINS[model]
    user = all_but_codes()
    for number in range(-12, 13):
        request = rf.get("/", {"o": str(number)})
        request.user = user
        changes = site.get_changelist_instance(request)
        asked = changes.get_ordering(request, changes.root_queryset)
        orders = [each for each in asked if isinstance(each, str)]
        assert not [order for order in orders if SECRET.search(order)], number


def test_a_search_finds_a_row_by_what_its_pages_show(rf: RequestFactory, client: Client) -> None:
    fill()
    user = all_but_codes()
    user.user_permissions.remove(*Permission.objects.filter(codename="view_blocked"))
    user = User.objects.get(pk=user.pk)
    client.force_login(user)
    searched = {model: each for model, each in ADMINS.items() if each.search_fields}
    for model, site in searched.items():
        for row in model._default_manager.all()[:2]:
            pages = ""
            for value in sorted(values_of(row)):
                request = rf.get("/", {"q": value})
                request.user = user
                found: Any = site.get_changelist_instance(request)
                if found.queryset.filter(pk=row.pk).exists():
                    pages = pages or shown(client, row)
                    assert squeezed(value) in pages, (model, value)


def all_but_codes() -> User:
    user = User.objects.filter(username="otto").first() or make_staff("otto")
    user.user_permissions.set(Permission.objects.exclude(codename="view_code"))
    return user


def values_of(row: Any) -> set[str]:
    """What its columns hold, encrypted ones too, and the secrets of its order."""
    order = getattr(row, "order", None)
    found = {
        str(getattr(each, field.attname))
        for each in (row, order)
        if isinstance(each, models.Model)
        for field in each._meta.concrete_fields
    }
    plain = {crypto.decrypt_bytes(each).decode("latin-1") for each in found if each[:3] == "v2:"}
    parts = {each for text in plain for each in text.split("\n")}
    return {each for each in found | parts if 4 <= len(each) <= 100}


def shown(client: Client, row: models.Model) -> str:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    pages = [client.get(reverse(name, args=[row.pk])).text, client.get(url_of(type(row))).text]
    return squeezed(unescape(" ".join(pages)))


def squeezed(text: str) -> str:
    return "".join(text.split()).lower()


@pytest.mark.parametrize("asked", [
    "number", "token__regex", "token__startswith", "form_key", "form_key__gte", "network",
    "serial_hash", "serial_encrypted__startswith", "email__startswith", "payments__uuid",
    "payments__params__success_url__regex", "codes__code_encrypted__startswith", "nothing",
])  # fmt: skip
def test_hidden_columns_of_orders_answer_no_question(client: Client, asked: str) -> None:
    order = make_order()
    client.force_login(make_staff("otto", "view_order"))
    for value in (getattr(order, asked, "a"), "^", "0", ""):
        assert client.get(url_of(Order), {"id": order.pk, asked: value}).status_code == 400


@pytest.mark.parametrize("asked", [
    "params__success_url__regex", "params__customer_email", "params__has_key", "params",
    "checkout_url__contains", "order__token__startswith", "order__form_key__gte", "uuid",
])  # fmt: skip
def test_nor_do_those_of_payments(client: Client, asked: str) -> None:
    payment = make_payment(make_order())
    client.force_login(make_staff("otto", "view_payment"))
    assert client.get(url_of(type(payment)), {asked: "a"}).status_code == 400


def test_a_list_of_receipts_to_download_takes_the_same_filters(client: Client) -> None:
    client.force_login(make_staff("otto", "view_receipt"))
    below = url_of(Receipt) + "csv/"
    assert client.get(below, {"kind__exact": "receipt"}).status_code == 200
    assert client.get(below, {"order__token__startswith": "a"}).status_code == 400


@pytest.mark.parametrize("asked", [
    {"issued_at__year": "9999", "issued_at__month": "12"}, {"issued_at__year": "9" * 25},
    {"issued_at__year": "0"}, {"id": "9" * 25}, {"kind__exact": "x"}, {"currency": "("},
])  # fmt: skip
def test_no_value_of_a_filter_is_a_fault(admin_client: Client, asked: dict[str, str]) -> None:
    sold()
    for below in ("", "csv/"):
        assert admin_client.get(url_of(Receipt) + below, asked).status_code in (200, 302, 400)


@pytest.mark.also_on_sqlite
@pytest.mark.parametrize(
    "followed", [slice(-1, None), pytest.param(slice(None), marks=pytest.mark.slow)]
)
def test_what_the_filters_offer_still_works(admin_client: Client, followed: slice) -> None:
    """The last link of each filter beside each list, or all of them."""
    sold()
    make_order(status="with_staff")
    for model in set(ADMINS) - {Selling}:  # its list leads to its one row
        changes = admin_client.get(url_of(model)).context["cl"]
        for each in changes.filter_specs:
            for choice in list(each.choices(changes))[followed]:
                answer = admin_client.get(url_of(model) + choice["query_string"])
                assert answer.status_code == 200, (model, choice)


def test_no_link_of_the_admin_leads_to_a_customers_page(client: Client) -> None:
    order = make_order(status="ready")
    client.force_login(make_staff("nobody"))
    for kind in ContentType.objects.all():
        answer = client.get(f"/admin/r/{kind.pk}/{order.pk}/")
        assert order.token not in answer.get("Location", ""), kind
    kind = ContentType.objects.get_for_model(Order)
    assert client.get(f"/admin/r/{kind.pk}/{order.pk}/").status_code == 404


def test_only_public_pages_have_an_address_that_django_finds() -> None:
    found = [each for each in apps.get_models() if hasattr(each, "get_absolute_url")]
    named = {each.__name__ for each in found}
    assert named == {"Brand", "CarModel", "Generation", "Guide"}


def test_choices_are_asked_for_fields_that_have_some(admin_client: Client) -> None:
    """Django fails on a field by which other rows point here, such as an order's payments."""
    make_payment(make_order())
    for model in ADMINS:
        for field in model._meta.get_fields():
            asked = {
                "app_label": model._meta.app_label, "model_name": str(model._meta.model_name),
                "field_name": field.name, "term": "a",
            }  # fmt: skip
            answer = admin_client.get(reverse("admin:autocomplete"), asked)
            assert answer.status_code in (200, 403, 404), (model, field.name)
