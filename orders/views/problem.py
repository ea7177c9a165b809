"""The page for a code that does not work: one question a screen, then the desk."""

import re
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from guides.models import Procedure, Shows, Symptom
from orders.desk.problems import (
    MOST_READINGS,
    MOST_REPORTS,
    correct,
    draft_of,
    may_correct,
    may_report,
    report,
    reports,
    was_corrected,
)
from orders.forms.problem import (
    Choice,
    ChoiceForm,
    PhotosForm,
    ReadingForm,
    radio_of_reading,
)
from orders.instructions import entry_procedures, guides_of, meaning_of, states_of
from orders.lib import crypto
from orders.lib.http import SeeOther, without_index
from orders.models import Order, Problem, Status
from orders.serials import aligned
from orders.views.links import find_order

STEPS = ("shows", "button", "serial", "compare", "changed", "photos")
ORDERED, TYPED = "ordered", "typed"
OTHER_BUTTON, UNSURE = "other", "unsure"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def order_problem(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """Ask the next question; `?step=` returns to one that was answered."""
    order = find_order(number, token)
    if not may_report(order):
        return _refuse(request, order)
    if request.method == "POST":
        return _take(request, order)
    problem = order.problems.filter(closed_at=None).first() or Problem(order=order)
    step = step_of(problem, request.GET.get("step", ""))
    return page(request, problem, step, form_of(step, problem, request))


def _refuse(request: HttpRequest, order: Order) -> HttpResponse:
    if order.status != Status.PROBLEM and order.may_show_code:
        context = {"order": order, "most": MOST_REPORTS}
        return without_index(render(request, "orders/problem_limit.html", context))
    return SeeOther(order.secret_link())


def step_of(problem: Problem, asked: str = "") -> str:
    """Return the first open question, or an earlier one that was asked for."""
    now = _next_step(problem)
    if asked == "means" and problem.shows:
        return asked
    reachable = STEPS[: STEPS.index(now) + 1]
    return asked if asked in reachable and asked != "compare" else now


def _next_step(problem: Problem) -> str:
    if not problem.shows:
        return "shows"
    if not problem.confirmed_with:
        return "button"
    if not problem.reading_encrypted:
        return "serial"
    if differs(problem) and not problem.is_reading_right and problem.readings < MOST_READINGS:
        return "compare"
    return "photos" if problem.changed else "changed"


def differs(problem: Problem) -> bool:
    order = problem.order
    return order.radio.canonical(problem.reading) != order.canonical_serial


# ------------------------------------------------------------------ the questions
def form_of(step: str, problem: Problem, request: HttpRequest) -> Form | None:
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    match step:
        case "means":
            return None
        case "serial":
            return ReadingForm(*sent, order=problem.order)
        case "photos":
            return PhotosForm(*sent, problem=problem, request=request)
    return ChoiceForm(*sent, choices=list(choices_of(step, problem)))


def choices_of(step: str, problem: Problem) -> Iterator[Choice]:
    order = problem.order
    match step:
        case "shows":
            for value, title in states_of(guides_of(order.brand, order.car_model)):
                yield Choice(value, title)
        case "button":
            for procedure in entry_procedures(order):
                yield button_of(procedure)
            yield Choice(OTHER_BUTTON, _("With another button, or another way"))
            yield Choice(UNSURE, _("I don't know"))
        case "compare":
            yield Choice(TYPED, _("The second reading: I misread it when I ordered"))
            yield Choice(ORDERED, _("The first one: I misread it just now"))
        case "changed":
            for value, label in Problem.Changed.choices:
                yield Choice(value, str(label))


def button_of(procedure: Procedure) -> Choice:
    """One way of confirming, with the preset that its step names marked on the face."""
    steps = procedure.steps or [""]
    confirm = next((each for each in steps if re.search(r"confirm (with|or)|hold", each, re.I)), "")
    confirm = confirm or steps[-1]
    preset = re.search(r"preset (\d)", confirm)
    return Choice(
        str(procedure.pk), procedure.title, f"{confirm} ({procedure.serves})",
        lit=preset[1] if preset else "",
        is_long=bool(re.search(r"\bhold preset", confirm, re.I)),
        drawing="" if preset else procedure.drawing,
    )  # fmt: skip


VERDICTS = {
    Symptom.CodeHelps.LATER: "wait",
    Symptom.CodeHelps.NO: "stop",
    Symptom.CodeHelps.DONE: "done",
}
WITHOUT_A_GUIDE = dict.fromkeys((Shows.WAIT, Shows.LOCKED, Shows.ERROR), "wait") | dict.fromkeys(
    (Shows.SECURE, Shows.NEW, Shows.UNPAIRED, Shows.FINAL), "stop"
)


def meaning_context(problem: Problem) -> dict[str, Any]:
    """What the display means: wait, stop, go on, or done."""
    order = problem.order
    symptom = meaning_of(guides_of(order.brand, order.car_model), problem.shows)
    if symptom and symptom.code_helps:
        verdict = VERDICTS.get(Symptom.CodeHelps(symptom.code_helps), "go_on")
    else:
        verdict = WITHOUT_A_GUIDE.get(Shows(problem.shows), "go_on")
    return {"symptom": symptom, "verdict": verdict}


def comparison_context(problem: Problem) -> dict[str, Any]:
    pairs = list(aligned(problem.order.serial, problem.reading))
    return {
        "pairs": pairs,
        "differences": [(at, *pair) for at, pair in enumerate(pairs, 1) if pair[0] != pair[1]],
    }


def page(
    request: HttpRequest, problem: Problem, step: str, form: Form | None, status: int = 200
) -> HttpResponse:
    order = problem.order
    at = STEPS.index(step) if step in STEPS else 0
    context: dict[str, Any] = {
        "order": order,
        "problem": problem,
        "step": step,
        "form": form,
        "before": STEPS[at - 1] if at else "",
        "reports_left": MOST_REPORTS - reports(order),
        "was_corrected": was_corrected(order),
    }
    if step == "compare":
        context |= comparison_context(problem) | {"before": "serial"}
    elif step == "changed":
        context["before"] = "serial"
    elif step == "means":
        context |= meaning_context(problem)
    return without_index(render(request, "orders/problem.html", context, status=status))


# ------------------------------------------------------------------ the answers
def _take(request: HttpRequest, order: Order) -> HttpResponse:
    problem = draft_of(order)
    if problem is None:  # sent from another tab
        return SeeOther(order.secret_link())
    problem.order = order
    step = step_of(problem, request.POST.get("step", ""))
    form = form_of(step, problem, request)
    if form is None or not form.is_valid():
        return page(request, problem, step, form, status=422)
    here = reverse("order_problem", args=[order.number, order.token])
    match step:
        case "photos":
            assert isinstance(form, PhotosForm)
            if report(problem, form.cleaned_data["words"], form.photos):
                messages.success(request, _("Thank you. We have your report."))
            return SeeOther(order.secret_link())
        case "serial":
            take_reading(request, problem, form.cleaned_data["serial"])
        case "compare":
            if decide(request, problem, form.cleaned_data["answer"]):
                return SeeOther(order.secret_link())
        case _:
            take_choice(problem, step, form)
    return SeeOther(f"{here}?step=means" if step == "shows" else here)


def take_choice(problem: Problem, step: str, form: Form) -> None:
    answer = form.cleaned_data["answer"]
    assert isinstance(form, ChoiceForm)
    match step:
        case "shows":
            problem.shows = answer
        case "button":
            label = next(each.label for each in form.choices if each.value == answer)
            problem.confirmed_with = label[:200]
        case "changed":
            problem.changed = answer
    save(problem)


def take_reading(request: HttpRequest, problem: Problem, serial: str) -> None:
    problem.reading_encrypted = crypto.encrypt(serial)
    problem.readings += 1
    problem.is_reading_right = False
    save(problem)
    if not differs(problem):
        messages.success(request, _("Both readings of the serial number are the same."))


def decide(request: HttpRequest, problem: Problem, answer: str) -> bool:
    """Take the decision between two readings. Returns whether providers are asked now."""
    order = problem.order
    if answer == ORDERED:
        problem.reading_encrypted = ""
        save(problem)
        messages.info(request, _("Then please read the label once more."))
        return False
    problem.is_reading_right = True
    save(problem)
    serial = problem.reading
    radio = radio_of_reading(order, serial)
    if radio and may_correct(order, serial, radio) and correct(problem, serial, radio):
        text = _("Thank you. We are asking for the code of the right serial number now.")
        messages.success(request, text)
        return True
    if was_corrected(order):
        text = _("The serial number was corrected once already, so one of us checks this one.")
    else:
        text = _("This serial number differs in more than a slip, so one of us checks it.")
    messages.info(request, f"{text} {_('Two more questions, then it is with us.')}")
    return False


def save(problem: Problem) -> None:
    """Store the answers of a draft; what was reported in another tab stays as it is."""
    columns = (
        "shows",
        "confirmed_with",
        "reading_encrypted",
        "readings",
        "is_reading_right",
        "changed",
    )
    drafts = Problem.objects.filter(pk=problem.pk, reported_at=None, closed_at=None)
    drafts.update(**{name: getattr(problem, name) for name in columns})
