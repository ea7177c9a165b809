"""The page for owners whose radio still plays, and the calendar file that it offers."""

from datetime import timedelta
from uuid import uuid4

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from icalendar import Alarm, Calendar, Event

from guides.page_cache import public_page

REMIND_BEFORE = timedelta(days=2)  # time to read the label, and for an answer of our staff


class DayForm(forms.Form):
    day = forms.DateField(
        label=gettext_lazy("Day on which the battery is disconnected"),
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}),
        error_messages={
            "required": gettext_lazy("Choose the day."),
            "invalid": gettext_lazy("Type the day like this: 2027-03-31."),
        },
    )


@require_safe
@public_page
def battery(request: HttpRequest) -> HttpResponse:
    return render(request, "shop/battery.html", {"form": DayForm()})


@never_cache
@require_safe
def reminder(request: HttpRequest) -> HttpResponse:
    """Answer with a calendar file for the day, or with the page where the day is none."""
    form = DayForm(request.GET)
    if not form.is_valid():
        return render(request, "shop/battery.html", {"form": form}, status=422)
    headers = {"Content-Disposition": 'attachment; filename="radio-code.ics"'}
    content = calendar_of(form)
    return HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)


def calendar_of(form: DayForm) -> bytes:
    day, page = form.cleaned_data["day"], settings.SITE_URL + reverse("battery")
    title = _("Battery: have the radio code ready")
    event, alarm = Event(), Alarm()
    event.add("uid", str(uuid4()))
    event.add("dtstamp", timezone.now())
    event.add("dtstart", day)
    event.add("summary", title)
    event.add("description", _("What to do before the battery is disconnected: %s") % page)
    event.add("url", page)
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", -REMIND_BEFORE)
    event.add_component(alarm)
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SHOP_NAME}//")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
