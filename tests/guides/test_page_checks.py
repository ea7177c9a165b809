"""Checks of the pages in the database."""

from datetime import date

import pytest
from django.core.checks import run_checks
from django.test import Client
from django.urls import reverse

from guides.models import Fact, Generation, Guide, Procedure, Question
from guides.page_checks import check_pages
from tests.steps.content import load_all, loaded
from tests.steps.guide_pages import roadster, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("acme")]


def problems() -> list[str]:
    return [str(problem) for problem in check_pages([roadster()])]


def test_nothing_is_wrong_with_good_pages() -> None:
    assert check_pages() == []


def test_a_procedure_without_steps() -> None:
    Procedure.objects.filter(guide=roadster()).update(steps=[])
    assert problems() == ["procedure “Read the label”: has no steps"]


def test_generations_that_share_years() -> None:
    Generation.objects.filter(key="r1").update(year_to=2004)
    assert problems() == [
        "First (R1) and Second (R2) share years, and neither says that they overlap"
    ]
    Generation.objects.filter(key="r2").update(overlaps=["r1"])
    assert problems() == []


def test_a_fact_that_is_not_there() -> None:
    Question.objects.filter(guide=roadster()).update(facts=["acme.power.9"])
    assert "neither this page's nor its brand's: acme.power.9" in problems()[0]


def test_a_brands_fact_is_good_for_its_car_models() -> None:
    Question.objects.filter(guide=roadster()).update(facts=["acme.power.1"])
    assert problems() == []


def test_a_row_that_rests_on_nothing() -> None:
    Question.objects.filter(guide=roadster()).update(facts=[])
    assert problems() == ["question “Does a dealer help?”: rests on no fact"]


def test_a_published_page_without_a_way_to_the_serial() -> None:
    Procedure.objects.all().delete()
    assert problems() == []  # it asks for no number: nothing is sold
    Guide.objects.update(number_needed="The serial.")
    assert problems() == ["is published, but tells no way to find the serial"]
    Guide.objects.update(is_published=False)
    assert problems() == []


def test_the_brands_way_to_the_serial_will_do() -> None:
    Procedure.objects.filter(guide=roadster()).delete()
    assert problems() == []


def test_a_page_that_nobody_looked_at_for_a_year() -> None:
    Guide.objects.filter(key="acme/roadster").update(last_reviewed=date(2020, 1, 1))
    assert problems() == ["was not reviewed for a year"]


def test_a_source_that_is_hearsay() -> None:
    Fact.objects.filter(key="acme.roadster.power.1").update(sources=["hearsay"])
    assert "“hearsay” is neither an address nor one of the known words" in problems()[0]


def test_manage_check_tells_it_when_it_may_ask_the_database() -> None:
    Procedure.objects.filter(guide=roadster()).update(steps=[])
    [warning] = run_checks(tags=["content"], databases=["default"])
    assert (warning.id, warning.obj) == ("guides.W002", roadster())
    assert run_checks(tags=["content"]) == []


def test_the_change_page_and_the_list_of_checks_tell_it(staff: Client) -> None:
    Procedure.objects.filter(guide=roadster()).update(steps=[])
    for address in (url(), reverse("admin:guides_guide_checks")):
        assert "procedure “Read the label”: has no steps" in staff.get(address).content.decode()


def test_nothing_is_wrong_with_what_is_shipped() -> None:
    loaded(load_all)
    assert [str(problem) for problem in check_pages()] == []
