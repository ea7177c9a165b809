"""The desk asks, the customer answers with words or a photo; until then its clock is stopped."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from orders.business_hours import working_time
from orders.desk.questions import close_question
from orders.leases import lease
from orders.models import (
    Answer,
    Attempt,
    Block,
    Email,
    History,
    Mail,
    Order,
    Outcome,
    Payment,
    Question,
    Upload,
)
from orders.retrieval.chain import retrieve
from orders.sweep import recover_stuck_orders
from tests.steps.factories import (
    CODE,
    SERIAL,
    make_code_book_entry,
    make_fallback_radio,
    make_order,
    make_payment,
    make_radio,
    make_staff,
)
from tests.steps.order_page import answer
from tests.steps.photos import jpeg

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def vera() -> User:
    return make_staff("vera", "enter_code", "correct_serial")


@pytest.fixture
def desk(vera: User) -> Client:
    client = Client()
    client.force_login(vera)
    return client


@pytest.fixture
def order() -> Order:
    """At the desk, with ten hours left and four days until its authorization must be released."""
    order = make_order(status="with_staff", deadline_at=timezone.now() + 10 * HOUR)
    make_payment(order, status="held", hold_ends_at=timezone.now() + timedelta(days=5))
    return order


def desk_url(order: Order, below: str = "") -> str:
    return f"/admin/orders/order/{order.pk}/desk/{below}"


def opened(desk: Client, order: Order) -> dict[str, Any]:
    desk.get(desk_url(order))
    order.refresh_from_db()
    return {"version": order.version, "claim_token": str(order.claim_token)}


def ask(desk: Client, order: Order, **values: Any) -> Any:
    values = values or {"ready_made": ["label"]}
    response = desk.post(desk_url(order, "ask/"), opened(desk, order) | values)
    order.refresh_from_db()
    return response


def page(response: Any) -> str:
    return " ".join(response.content.decode().split())


def order_page(order: Order) -> str:
    return page(Client().get(order.secret_link()))


def hours_left(order: Order) -> float:
    assert order.deadline_at
    return round((order.deadline_at - timezone.now()) / HOUR, 1)


def mails(order: Order) -> list[str]:
    return list(order.emails.values_list("mail", flat=True))


# ------------------------------------------------------------------ asking
def test_the_customer_is_asked_and_the_order_stays_with_staff(
    desk: Client, vera: User, order: Order
) -> None:
    ask(desk, order, ready_made=["label", "car"], words="Is it red?")
    question = order.questions.get()
    assert order.status == "with_staff"
    assert question.text.endswith("make, model and year?\n\nIs it red?")
    assert (question.by, question.wants_photo) == (vera, True)
    assert mails(order) == [Mail.QUESTION]
    assert "Please send us a photo" in order_page(order)


def test_what_was_said_is_not_readable_in_the_database(desk: Client, order: Order) -> None:
    ask(desk, order, words=f"Is it {SERIAL}?")
    answer(order, f"Yes, {SERIAL}.", jpeg())
    rows = [*Question.objects.values(), *Answer.objects.values(), *Upload.objects.values()]
    assert SERIAL not in str(rows)
    assert SERIAL not in str(list(History.objects.values()))


def test_nothing_is_asked_without_words(desk: Client, order: Order) -> None:
    response = ask(desk, order, words="  ")
    assert response.status_code == 422
    assert not order.questions.exists()


def test_a_stale_page_asks_nothing_and_keeps_the_words(desk: Client, order: Order) -> None:
    data = opened(desk, order) | {"words": "Is it red?", "version": 99}
    response = desk.post(desk_url(order, "ask/"), data)
    assert (response.status_code, order.questions.count()) == (409, 0)


@pytest.mark.parametrize("below", ["ask/", "serial/"])
def test_asking_is_closed_without_the_permission(order: Order, below: str) -> None:
    client = Client()
    client.force_login(make_staff("otto", "view_order"))
    assert client.post(desk_url(order, below)).status_code == 403


def test_after_a_question_comes_an_order_that_can_be_worked_on(desk: Client, order: Order) -> None:
    other = make_order(status="with_staff")
    assert ask(desk, order)["Location"] == desk_url(other)
    listed = page(desk.get("/admin/orders/order/desk/"))
    waits = listed.index("1 waits for its customer")
    assert listed.index(f'href="{desk_url(other)}"') < waits
    assert waits < listed.index(f'href="{desk_url(order)}"')


def test_another_question_takes_the_place_of_the_first(desk: Client, order: Order) -> None:
    ask(desk, order, words="First?")
    ask(desk, order, words="Second?")
    assert order.questions.filter(closed_at=None).get().text == "Second?"
    answer(order, "Yes.")
    assert hours_left(order) == 10.0


# ------------------------------------------------------------------ the clock
@pytest.mark.also_on_sqlite
def test_the_clock_stands_still_until_the_answer(desk: Client, order: Order) -> None:
    ask(desk, order)
    assert hours_left(order) == 96.0
    Question.objects.update(asked_at=timezone.now() - 30 * HOUR)
    answer(order, photo=jpeg())
    assert hours_left(order) == 10.0


def test_an_order_that_waits_for_its_customer_ends_before_the_hold(
    desk: Client, order: Order
) -> None:
    Payment.objects.update(hold_ends_at=timezone.now() + timedelta(days=1) + 15 * HOUR)
    ask(desk, order)
    assert hours_left(order) == 15.0
    Order.objects.update(deadline_at=timezone.now() + 4 * HOUR)
    Payment.objects.update(hold_ends_at=timezone.now() + timedelta(days=1) + 4 * HOUR)
    answer(order, "Here.")
    assert hours_left(order) == 4.0


def test_an_answer_leaves_the_desk_time_to_read_it(desk: Client, order: Order) -> None:
    Order.objects.update(deadline_at=timezone.now() + timedelta(minutes=5))
    ask(desk, order)
    answer(order, "Here.")
    assert hours_left(order) == 2.0


def test_without_an_answer_it_ends_by_itself(desk: Client, order: Order) -> None:
    ask(desk, order)
    Order.objects.update(deadline_at=timezone.now() - HOUR, claimed_until=None)
    recover_stuck_orders()
    order.refresh_from_db()
    assert (order.status, order.ended_because) == ("ending", "deadline")


def test_the_page_says_until_when_with_the_zone(desk: Client, order: Order) -> None:
    Order.objects.update(deadline_at="2026-12-02T14:00:00Z")
    assert "Wednesday 2 December, 15:00 CET" in order_page(order)


@pytest.mark.also_on_sqlite
def test_who_does_not_answer_is_reminded_once(desk: Client, order: Order) -> None:
    ask(desk, order)
    recover_stuck_orders()
    assert Mail.QUESTION_AGAIN not in mails(order)
    Question.objects.update(asked_at=timezone.now() - 25 * HOUR)
    for _ in range(2):
        recover_stuck_orders()
    assert mails(order).count(Mail.QUESTION_AGAIN) == 1


def test_the_next_question_has_its_own_reminder(desk: Client, order: Order) -> None:
    for count in (1, 2):
        ask(desk, order)
        Question.objects.filter(closed_at=None).update(asked_at=timezone.now() - 25 * HOUR)
        recover_stuck_orders()
        assert mails(order).count(Mail.QUESTION_AGAIN) == count
        order.emails.update(created_at=timezone.now() - 26 * HOUR)
        close_question(order)


def test_the_next_deadline_has_its_own_alert(order: Order) -> None:
    for count in (1, 2):
        Order.objects.update(deadline_at=timezone.now() + HOUR)
        recover_stuck_orders()
        assert mails(order).count(Mail.DESK_LATE) == count
        order.questions.create(text_encrypted="x", closed_at=timezone.now())  # and answered


def test_staff_are_told_once_that_an_order_ends_soon(order: Order, settings: Any) -> None:
    recover_stuck_orders()
    assert mails(order) == []
    Order.objects.update(deadline_at=timezone.now() + HOUR)
    for _ in range(2):
        recover_stuck_orders()
    assert mails(order) == [Mail.DESK_LATE]
    assert order.emails.get().to == settings.STAFF_EMAIL


def test_no_alarm_while_the_customer_is_asked(desk: Client, order: Order) -> None:
    ask(desk, order)
    Order.objects.update(deadline_at=timezone.now() + HOUR)
    recover_stuck_orders()
    assert Mail.DESK_LATE not in mails(order)


# ------------------------------------------------------------------ answering
def test_an_answer_is_seen_at_the_desk_and_staff_are_told(
    desk: Client, order: Order, settings: Any
) -> None:
    ask(desk, order)
    response = answer(order, "It is a Micra of 2004.", jpeg())
    bench = page(desk.get(desk_url(order)))
    assert response["Location"] == order.secret_link()
    assert "It is a Micra of 2004." in bench
    assert f"/desk/photo/{Upload.objects.get().pk}/" in bench
    assert Email.objects.get(mail=Mail.ANSWERED).to == settings.STAFF_EMAIL
    assert "answered" in page(desk.get("/admin/orders/order/desk/"))


def test_a_person_who_has_it_open_sees_the_answer_before_they_decide(
    desk: Client, order: Order
) -> None:
    ask(desk, order)
    typed = opened(desk, order) | {"code": CODE, "read_back": CODE}
    answer(order, "I misread it.")
    response = desk.post(desk_url(order), typed)
    assert response.status_code == 409
    assert "I misread it." in page(response)


@pytest.mark.also_on_sqlite
def test_sent_twice_it_is_one_answer(desk: Client, order: Order) -> None:
    ask(desk, order)
    key = str(uuid.uuid4())
    for _ in range(2):
        answer(order, "Once.", jpeg(), form_key=key)
    assert (Answer.objects.count(), Upload.objects.count()) == (1, 1)


def test_a_refused_file_stores_nothing_and_keeps_what_was_typed(desk: Client, order: Order) -> None:
    ask(desk, order)
    response = answer(order, "Here it is.", b"<svg onload='alert(1)'/>")
    assert response.status_code == 422
    assert "This is another kind of file" in page(response)
    assert "Here it is.</textarea>" in page(response)
    assert not Answer.objects.exists()
    assert order.questions.get().closed_at is None


def test_a_file_beyond_the_limit_is_not_even_taken_in(
    desk: Client, order: Order, settings: Any
) -> None:
    settings.UPLOAD_MOST_MB = 1
    ask(desk, order)
    response = answer(order, "Here it is.", jpeg() + b"\0" * 2 * 2**20)
    assert (response.status_code, Answer.objects.count()) == (422, 0)
    assert "larger than 1 MB" in page(response)
    assert "Here it is.</textarea>" in page(response)


def test_three_files_are_enough(desk: Client, order: Order) -> None:
    ask(desk, order)
    for _ in range(4):
        response = answer(order, "One more.", jpeg())
    assert Upload.objects.count() == 3
    assert "We have 3 files already" in page(response)


def test_three_files_may_come_at_once(desk: Client, order: Order) -> None:
    ask(desk, order)
    four, three = ([SimpleUploadedFile("a.jpg", jpeg()) for _ in range(n)] for n in (4, 3))
    assert "Choose 3 files at most" in page(answer(order, photo=four))
    answer(order, photo=three)
    assert list(Upload.objects.values_list("page", flat=True)) == [1, 1, 1]


def test_too_many_tries_are_refused(desk: Client, order: Order) -> None:
    ask(desk, order)
    Question.objects.update(tries=20)
    assert "There were too many tries" in page(answer(order, "Hello."))
    assert not Answer.objects.exists()


def test_an_empty_answer_is_none(desk: Client, order: Order) -> None:
    ask(desk, order)
    assert "Choose a photo, or write your answer." in page(answer(order))


def test_once_the_order_has_moved_on_no_answer_is_taken(desk: Client, order: Order) -> None:
    ask(desk, order)
    order.end("withdrawn")
    response = answer(order, "Too late.")
    assert response["Location"] == order.secret_link()
    assert not Answer.objects.exists()
    assert Client().get(order.secret_link() + "answer/").status_code == 303


def test_nobody_answers_without_the_link(desk: Client, order: Order) -> None:
    ask(desk, order)
    url = f"/orders/{order.number}/{'x' * 32}/answer/"
    assert Client().get(url).status_code == 404
    assert Client().post(url, {"text": "Hello."}).status_code == 404


def test_the_form_offers_the_camera_and_forces_none(desk: Client, order: Order) -> None:
    ask(desk, order)
    form = page(Client().get(order.secret_link() + "answer/"))
    camera, field = re.findall(r"<input[^>]*type=\"file\"[^>]*>", form)
    assert "capture" in camera
    assert "image/heic" in field and "multiple" in field
    assert "capture" not in field
    assert "http-equiv" not in form


# ------------------------------------------------------------------ looking at photos
def photo_url(desk: Client, order: Order) -> str:
    ask(desk, order)
    answer(order, photo=jpeg())
    return desk_url(order, f"photo/{Upload.objects.get().pk}/")


def test_staff_see_a_photo_and_no_browser_keeps_it(desk: Client, order: Order) -> None:
    response = desk.get(photo_url(desk, order))
    assert response.content.startswith(b"\xff\xd8\xff")
    assert response["Content-Type"] == "image/jpeg"
    assert response["Content-Disposition"] == (
        f'inline; filename="{order.number}-{Upload.objects.get().pk}.jpg"'
    )
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]


def test_nobody_else_sees_it(desk: Client, order: Order) -> None:
    url = photo_url(desk, order)
    otto = Client()
    otto.force_login(make_staff("otto", "view_order", "view_code"))
    assert otto.get(url).status_code == 403
    assert Client().get(url).status_code == 302
    other = make_order(status="with_staff")
    assert desk.get(url.replace(f"/{order.pk}/", f"/{other.pk}/", 1)).status_code == 404


def test_photos_are_deleted_after_their_time(desk: Client, order: Order) -> None:
    url = photo_url(desk, order)
    recover_stuck_orders()
    assert Upload.objects.get().is_kept
    Upload.objects.update(created_at=timezone.now() - timedelta(days=91))
    recover_stuck_orders()
    assert not Upload.objects.get().is_kept
    assert desk.get(url).status_code == 404
    assert "A photo, deleted since." in page(desk.get(desk_url(order)))


# ------------------------------------------------------------------ radios that need a photo
def handed_over(**radio: Any) -> Order:
    order = make_order(status="placed", radio=make_radio(**radio))
    make_payment(order, status="held", hold_ends_at=timezone.now() + timedelta(days=6))
    row = lease(Order, order.pk)
    assert row
    retrieve(row)
    order.refresh_from_db()
    return order


def test_a_radio_that_needs_a_photo_asks_for_it_by_itself() -> None:
    order = handed_over(needs=["photo"])
    question = order.questions.get()
    assert (question.by, question.wants_photo) == (None, True)
    assert mails(order) == [Mail.ORDER_RECEIVED]  # and none to staff, who could do nothing
    assert "whole label on the radio" in order_page(order)
    assert round(question.work_left / HOUR, 1) == 24.0


def test_with_the_photo_the_desk_begins(desk: Client) -> None:
    order = handed_over(needs=["photo"])
    assert "Missing: the photo." in page(desk.get(desk_url(order)))
    answer(order, photo=jpeg())
    assert hours_left(order) == 24.0
    assert mails(order) == [Mail.ORDER_RECEIVED, Mail.ANSWERED]
    assert "Missing: the photo." not in page(desk.get(desk_url(order)))


def test_a_radio_whose_code_is_in_the_book_needs_no_photo() -> None:
    make_code_book_entry()
    order = handed_over(needs=["photo"])
    assert (order.status, order.questions.count()) == ("found", 0)


def test_a_radio_may_have_hours_of_its_own() -> None:
    assert hours_left(handed_over(desk_hours=3)) == 3.0


def test_hours_at_the_desk_are_working_hours(settings: Any) -> None:
    settings.DESK_OPEN = ["Mon-Sun 10:00-14:00"]
    now, order = timezone.now(), handed_over(desk_hours=6)
    assert order.deadline_at
    assert round(working_time().between(now, order.deadline_at) / HOUR, 1) == 6.0
    assert order.deadline_at > now + 20 * HOUR


@pytest.mark.parametrize("url", ["/order/nissan/", "/order/nissan/?serial=" + SERIAL])
def test_the_form_says_which_hours_count(settings: Any, url: str) -> None:
    settings.DESK_OPEN = ["Mon-Fri 09:00-18:00"]
    make_radio(desk_hours=9)
    make_fallback_radio()
    hours = "9 working hours" if "serial" in url else "24 working hours"
    assert f"{hours}, Mon–Fri 09:00–18:00 (time in Berlin)" in page(Client().get(url))


def test_the_promise_is_never_longer_than_the_hold() -> None:
    order = handed_over(desk_hours=1000)
    assert hours_left(order) == 5 * 24.0


# ------------------------------------------------------------------ correcting a serial
OTHER = "BP999912345678"


def correct(desk: Client, order: Order, serial: str = OTHER, **values: Any) -> Any:
    data = opened(desk, order) | {"serial": serial} | values
    response = desk.post(desk_url(order, "serial/"), data)
    order.refresh_from_db()
    return response


def sources_asked(order: Order) -> Order:
    row = lease(Order, order.pk)
    assert row
    retrieve(row)
    order.refresh_from_db()
    return order


@pytest.mark.also_on_sqlite
def test_a_corrected_serial_is_asked_for_once(desk: Client, vera: User, order: Order) -> None:
    make_code_book_entry(serial=OTHER)
    correct(desk, order)
    assert (order.status, order.serial, order.serial_typed) == ("placed", OTHER, SERIAL)
    assert order.history.get(move="correct_serial").by == vera
    assert sources_asked(order).status == "found"


def test_what_was_said_about_the_mistyped_serial_is_not_held_against_the_right_one(
    desk: Client, order: Order
) -> None:
    make_code_book_entry(serial=OTHER)
    for _ in range(2):  # one was heard, with another code, and two were not
        Attempt.begin(order, "code_book").end(Outcome.FOUND, code="1111")
        Attempt.begin(order, "code_book")
    correct(desk, order)
    assert sources_asked(order).status == "found"
    assert Attempt.of_this_serial_lately(order).count() == order.attempts.count() - 4


def test_unknown_it_is_back_at_the_desk_with_the_same_clock(desk: Client, order: Order) -> None:
    correct(desk, order)
    sources_asked(order)
    assert (order.status, hours_left(order)) == ("with_staff", 10.0)
    assert (mails(order), order.price) == ([], 1499)


def test_it_goes_back_to_the_desk_whatever_the_radio_is(desk: Client, order: Order) -> None:
    make_radio(key="cm", name="CM", pattern=r"^CM\d{12}$", prefix="CM", sources=["code_book"],
               example="CM123456789012", price=9900)  # fmt: skip
    correct(desk, order, "CM123456789012")
    assert (order.radio.key, order.price) == ("cm", 1499)
    assert sources_asked(order).status == "with_staff"


def test_a_corrected_serial_that_is_blocked_waits_for_staff(desk: Client, order: Order) -> None:
    row = Block(kind="serial", reason="stolen")
    row.set_value(OTHER)
    row.save()
    make_code_book_entry(serial=OTHER)
    correct(desk, order)
    sources_asked(order)
    assert (order.status, order.on_hold_reason) == ("placed", "blocked")
    assert not order.codes.exists()


def test_a_doubtful_correction_is_questioned_once(desk: Client, order: Order) -> None:
    make_fallback_radio()
    response = correct(desk, order, "BP99991234567")
    assert (response.status_code, order.status) == (422, "with_staff")
    correct(desk, order, "BP99991234567", is_sure="on")
    assert (order.status, order.radio.key) == ("placed", "other")


def test_a_correction_wants_its_own_permission(order: Order) -> None:
    otto = Client()
    otto.force_login(make_staff("otto", "enter_code"))
    assert correct(otto, order).status_code == 403
    assert "The label shows another serial" not in page(otto.get(desk_url(order)))
