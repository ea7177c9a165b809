from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from guides.admin import FactsField, LinesField
from guides.loading.guides import load_guides
from guides.models import Brand, CarModel, Fact, Guide, LegalText, Loaded
from tests.guides.files import write_acme

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("staff"))
    return client


@pytest.fixture
def acme(tmp_path: Path) -> None:
    load_guides([write_acme(tmp_path)])


def as_a_browser_sends_it(page: Any) -> dict[str, Any]:
    """The fields of a change form, untouched."""
    formsets = [inline.formset for inline in page.context["inline_admin_formsets"]]
    forms = [page.context["adminform"].form]
    for formset in formsets:
        forms += [formset.management_form, *formset.forms]
    values = {field.html_name: field.value() for form in forms for field in form}
    return {
        name: value.replace("\n", "\r\n") if isinstance(value, str) else value
        for name, value in values.items()
        if value is not None and value is not False
    }


@pytest.mark.parametrize("model", ["brand", "carmodel", "guide", "fact", "legaltext"])
def test_each_list_opens(staff: Client, acme: None, model: str) -> None:
    assert staff.get(reverse(f"admin:guides_{model}_changelist")).status_code == 200


def test_the_guides_page_shows_steps_one_a_line(staff: Client, acme: None) -> None:
    guide = Guide.objects.get(key="acme/roadster")
    page = staff.get(reverse("admin:guides_guide_change", args=[guide.pk])).content.decode()
    assert "Take it out.\nRead it.</textarea>" in page
    assert "View on site" in page


@pytest.mark.parametrize(
    ("model", "key"), [(Guide, "acme/roadster"), (CarModel, "acme/roadster"), (LegalText, "terms")]
)
def test_saving_unchanged_is_no_edit_of_staffs(
    staff: Client, acme: None, tmp_path: Path, model: type[Loaded], key: str
) -> None:
    (tmp_path / "terms.md").write_text("# Terms\n\nOne.\n\nTwo.\n")
    load_guides([tmp_path])
    row = model._default_manager.get(key=key)
    address = reverse(f"admin:guides_{model._meta.model_name}_change", args=[row.pk])
    saved = staff.post(address, as_a_browser_sends_it(staff.get(address)))
    assert saved.status_code == 302
    assert list(load_guides([tmp_path]).lines()) == []


def test_the_brand_form_refuses_an_address_of_the_shop(staff: Client) -> None:
    values = {"name": "Orders", "slug": "orders", "position": "0"}
    page = staff.post(reverse("admin:guides_brand_add"), values).content.decode()
    assert "is one of the shop" in page
    assert not Brand.objects.exists()


def test_a_fact_shows_its_sources_and_cannot_be_changed(staff: Client, acme: None) -> None:
    fact = Fact.objects.get(key="acme.power.1")
    address = reverse("admin:guides_fact_change", args=[fact.pk])
    assert 'href="https://example.com/manual"' in staff.get(address).content.decode()
    assert staff.post(address, {"says": "something else"}).status_code == 403


def test_a_list_of_lines_drops_empty_ones() -> None:
    assert LinesField().clean(" One. \n\nTwo.\n") == ["One.", "Two."]


def test_steps_may_not_be_empty() -> None:
    with pytest.raises(Exception, match="This field is required"):
        LinesField().clean(" \n")


def test_facts_must_be_known(acme: None) -> None:
    assert FactsField().clean("acme.power.1") == ["acme.power.1"]
    with pytest.raises(Exception, match="There is no fact acme.power.9"):
        FactsField().clean("acme.power.1\nacme.power.9")
