from datetime import date
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from guides.admin import FactsField, LinesField
from guides.admin.fields import SourcesField
from guides.loading.guides import load_guides
from guides.models import Brand, CarModel, Fact, Guide, LegalText, Loaded
from guides.page_checks import check_pages
from tests.steps.guide_pages import as_a_browser_sends_it

pytestmark = pytest.mark.django_db


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


def test_a_fact_links_its_sources(staff: Client, acme: None) -> None:
    fact = Fact.objects.get(key="acme.power.1")
    address = reverse("admin:guides_fact_change", args=[fact.pk])
    assert 'href="https://example.com/manual"' in staff.get(address).content.decode()


def test_those_who_edit_pages_read_the_ledger_and_others_do_not(client: Client, acme: None) -> None:
    address = reverse("admin:guides_fact_changelist")
    editor = User.objects.create_user("editor", is_staff=True)
    client.force_login(editor)
    assert client.get(address).status_code == 403
    editor.user_permissions.add(Permission.objects.get(codename="change_guide"))
    assert "acme.power.1" in client.get(address).content.decode()


def test_a_facts_sources_are_edited_one_a_line(staff: Client, acme: None) -> None:
    fact = Fact.objects.get(key="acme.power.1")
    address = reverse("admin:guides_fact_change", args=[fact.pk])
    values = as_a_browser_sends_it(staff.get(address))
    staff.post(address, values | {"sources": "https://example.com/a\r\nour own bench\r\n"})
    fact.refresh_from_db()
    assert fact.sources == ["https://example.com/a", "our own bench"]


def test_a_source_is_an_address_or_a_known_word(staff: Client, acme: None) -> None:
    assert SourcesField().clean("our own bench") == ["our own bench"]
    with pytest.raises(Exception, match="Neither an address nor one of the known words: hearsay"):
        SourcesField().clean("https://example.com\nhearsay")


def test_a_deleted_fact_is_missed_by_the_checks(staff: Client, acme: None) -> None:
    fact = Fact.objects.get(key="acme.power.1")
    staff.post(reverse("admin:guides_fact_delete", args=[fact.pk]), {"post": "yes"})
    assert "acme.power.1" in str(check_pages()[0])


def test_guides_are_reviewed_by_a_click(staff: Client, acme: None) -> None:
    guide = Guide.objects.get(key="acme/roadster")
    Guide.objects.update(last_reviewed=date(2020, 1, 1))
    staff.post(reverse("admin:guides_guide_review", args=[guide.pk]))
    guide.refresh_from_db()
    assert guide.last_reviewed == timezone.localdate()


def test_the_list_shows_guides_that_nobody_reviewed_for_a_year(staff: Client, acme: None) -> None:
    Guide.objects.filter(key="acme").update(last_reviewed=date(2020, 1, 1))
    Guide.objects.filter(key="acme/roadster").update(last_reviewed=timezone.localdate())
    address = reverse("admin:guides_guide_changelist")
    due = staff.get(address, {"review": "due"}).context["cl"].result_list
    assert [guide.key for guide in due] == ["acme"]
    done = staff.get(address, {"review": "done"}).context["cl"].result_list
    assert [guide.key for guide in done] == ["acme/roadster"]


def test_several_guides_are_reviewed_at_once(staff: Client, acme: None) -> None:
    Guide.objects.update(last_reviewed=date(2020, 1, 1))
    values = {"action": "reviewed_today", "_selected_action": [g.pk for g in Guide.objects.all()]}
    staff.post(reverse("admin:guides_guide_changelist"), values)
    assert set(Guide.objects.values_list("last_reviewed", flat=True)) == {timezone.localdate()}


def test_a_list_of_lines_drops_empty_ones() -> None:
    assert LinesField().clean(" One. \n\nTwo.\n") == ["One.", "Two."]


def test_steps_may_not_be_empty() -> None:
    with pytest.raises(Exception, match="This field is required"):
        LinesField().clean(" \n")


def test_facts_must_be_known(acme: None) -> None:
    assert FactsField().clean("acme.power.1") == ["acme.power.1"]
    with pytest.raises(Exception, match="There is no fact acme.power.9"):
        FactsField().clean("acme.power.1\nacme.power.9")
