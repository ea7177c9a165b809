"""Owners whose radio still plays read what to do, and save the day in their calendar."""

from datetime import date, timedelta

import pytest
from django.test import Client
from icalendar import Calendar

pytestmark = pytest.mark.django_db


def test_the_calendar_file_names_the_day_and_reminds_before_it(client: Client) -> None:
    response = client.get("/before-the-battery/reminder.ics", {"day": "2027-03-31"})
    assert response["Content-Type"].startswith("text/calendar")
    (event,) = Calendar.from_ical(response.content).walk("VEVENT")
    (alarm,) = event.walk("VALARM")
    assert event.decoded("dtstart") == date(2027, 3, 31)
    assert alarm.decoded("trigger") == timedelta(days=-2)
    assert "http://testserver/before-the-battery/" in str(event["description"])


def test_a_day_that_is_none_is_asked_for_again(client: Client) -> None:
    response = client.get("/before-the-battery/reminder.ics", {"day": "31 Marhc"})
    page = response.content.decode()
    assert response.status_code == 422
    assert "Type the day like this" in page and 'value="31 Marhc"' in page
    assert 'aria-invalid="true"' in page
