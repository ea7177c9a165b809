"""How each status is worded for the customer: a word on the display, a headline, what to do."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from orders.desk.questions import open_question
from orders.models import (
    UNDELIVERED,
    EmailStatus,
    EndedBecause,
    Mail,
    Order,
    Problem,
    Question,
    Status,
)
from orders.payments.wording import (
    if_not_decided,
    if_not_found,
    is_processing_at_bank,
    refund_done,
    refund_under_way,
    secured,
    was_refused_late,
)


@dataclass(frozen=True)
class Stage:
    """`look_again`: seconds until the page polls again; 0 where nothing will change.

    The page's script asks less often the longer nothing changes, and not while it is hidden.
    """

    display: str
    title: str
    text: str
    look_again: int = 0

    @property
    def is_moving(self) -> bool:
        return self.look_again > 0


POLL_FAST = 1  # the customer has just paid and is waiting
POLL_SLOW = 15  # staff are at work, for minutes or hours


def stage_of(order: Order) -> Stage:
    if order.is_on_hold and needs_staff(order):
        return Stage(
            _("ONE MOMENT"),
            _("We are checking this order"),
            " ".join(
                [_("One of us checks it by hand and will e-mail you."), *money_on_hold(order)]
            ),
            look_again=POLL_SLOW,
        )
    return STAGES[Status(order.status)](order)


def money_on_hold(order: Order) -> list[str]:
    """Say what was reserved or paid, where the order waits for its code."""
    if order.status not in (Status.PLACED, Status.WITH_STAFF):
        return []
    return [secured(order), if_not_decided(order)]


def needs_staff(order: Order) -> bool:
    """An authorization is cancelled even on hold; captured money waits for a decision."""
    if order.status == Status.ENDING:
        return order.keeps_money()
    return order.status != Status.RELEASED


def _pending(order: Order) -> Stage:
    if is_processing_at_bank(order):
        return _processing_at_bank(_("We'll look for your code as soon as the money has arrived."))
    if was_refused_late(order):
        return Stage(
            _("PAY AGAIN"),
            _("Your bank refused the payment"),
            _(
                "You have paid nothing. If you still need the code, pay in another way by the date "
                "shown. After that the order ends by itself."
            ),
            look_again=POLL_SLOW,
        )
    return Stage(
        _("NOT PAID"),
        _("This order is not paid yet"),
        _(
            "You have paid nothing yet. If you have just paid, the payment is being confirmed: "
            "this page updates by itself. Otherwise you can pay now."
        ),
        look_again=POLL_FAST,
    )


def _processing_at_bank(what_then: str) -> Stage:
    text = _(
        "That takes a few working days, and you do not need to do anything: we'll e-mail you when "
        "it is done. If the bank refuses, you pay nothing."
    )
    return Stage(
        _("BANK"), _("Your bank is making the payment"), f"{text} {what_then}", look_again=POLL_SLOW
    )


def _placed(order: Order) -> Stage:
    return Stage(
        _("SEARCHING"), _("We are looking for your code"), secured(order), look_again=POLL_FAST
    )


def _with_staff(order: Order) -> Stage:
    if question := open_question(order):
        return _asked(order, question)
    return Stage(
        _("LOOKING"),
        _("One of us is looking up your code"),
        " ".join(
            [
                secured(order),
                _("You can close this page: we'll e-mail you the code as soon as we have it."),
                if_not_found(order),
            ]
        ),
        look_again=POLL_SLOW,
    )


def _asked(order: Order, question: Question) -> Stage:
    if question.wants_photo:
        display, title = _("PHOTO"), _("Please send us a photo")
    else:
        display, title = _("QUESTION"), _("We have a question about your radio")
    text = _("We'll look for your code as soon as we have your answer.")
    return Stage(
        display, title, " ".join([text, secured(order), if_not_found(order)]), look_again=POLL_SLOW
    )


def _found(order: Order) -> Stage:
    return Stage(
        _("FOUND"),
        _("We have your code"),
        _("Your payment is going through. The code appears here in a moment."),
        look_again=POLL_FAST,
    )


def _payment_due(order: Order) -> Stage:
    if is_processing_at_bank(order):
        return _processing_at_bank(_("We are keeping your code for you."))
    return Stage(
        _("PAY AGAIN"),
        _("We have your code, but the payment did not go through"),
        _(
            "We could not charge what was reserved, so you have paid nothing. Pay again by the "
            "date shown, in the same way or another, and the code appears here."
        ),
        look_again=POLL_SLOW,
    )


def _ready(order: Order) -> Stage:
    return _here_it_is(order, _("You paid %(price)s. We are e-mailing you the code too."))


def _delivered(order: Order) -> Stage:
    return _here_it_is(order, _("You paid %(price)s. We've e-mailed you the code too."))


def _here_it_is(order: Order, text: str) -> Stage:
    mails = order.emails.filter(mail=Mail.YOUR_CODE).exclude(status=EmailStatus.DROPPED)
    last = mails.last()
    if last and last.status in UNDELIVERED:
        text = _(
            "You paid %(price)s. Our e-mail to you did not arrive, so keep this code: write it "
            "down, or take a picture of this page."
        )
    was_replaced = order.problems.filter(outcome=Problem.Outcome.REPLACED).exists()
    title = _("Here is your new code") if was_replaced else _("Here is your code")
    return Stage(_("CODE"), title, text % {"price": order.price_text})


def _problem(order: Order) -> Stage:
    if question := open_question(order):
        return Stage(
            _("PHOTO") if question.wants_photo else _("QUESTION"),
            _("We have a question about your report"),
            _(
                "We'll go on as soon as we have your answer. Your right to a refund does not "
                "change."
            ),
            look_again=POLL_SLOW,
        )
    if order.problems.filter(closed_at=None, due_at__isnull=False).exists():
        return Stage(
            _("SEARCHING"),
            _("We are looking for the right code"),
            _("The serial number is corrected. The right code appears here, free of charge."),
            look_again=POLL_FAST,
        )
    return Stage(
        _("CHECKING"),
        _("One of us is checking why the code doesn't work"),
        _(
            "We'll send you the right code or a refund, or tell you what to do. You can close "
            "this page: we'll e-mail you."
        ),
        look_again=POLL_SLOW,
    )


def _ending(order: Order) -> Stage:
    return Stage(
        display_of_end(order),
        title_of_end(order),
        refund_under_way(order),
        look_again=POLL_SLOW if is_processing_at_bank(order) else POLL_FAST,
    )


def _released(order: Order) -> Stage:
    text = refund_done(order)
    if order.found_at and order.ended_because == EndedBecause.DEADLINE:
        again = _("If you still need the code, order again with the same serial number.")
        text = f"{text} {again}"
    return Stage(display_of_end(order), title_of_end(order), text)


def display_of_end(order: Order) -> str:
    is_withdrawn = order.ended_because == EndedBecause.WITHDRAWN
    return _("CANCELLED") if is_withdrawn else _("NO CODE")


def title_of_end(order: Order) -> str:
    match order.ended_because:
        case EndedBecause.WITHDRAWN:
            return _("You cancelled this order")
        case EndedBecause.DEADLINE if order.found_at:
            return _("The payment did not come in time")
        case EndedBecause.DEADLINE:
            return _("We did not find the code in time")
        case EndedBecause.UNDECIDED | EndedBecause.FRAUD | EndedBecause.RETURNED:
            return _("This order has ended")
    return _("We could not find this radio's code")


def _expired(order: Order) -> Stage:
    return Stage(
        _("TIME OUT"),
        _("This order was never paid"),
        _("Nothing was charged. If you still need the code, start again from the order form."),
    )


def _refunded(order: Order) -> Stage:
    return Stage(
        _("REFUNDED"),
        _("You've been refunded"),
        refund_done(order),
    )


STAGES = {
    Status.PENDING: _pending,
    Status.PLACED: _placed,
    Status.WITH_STAFF: _with_staff,
    Status.FOUND: _found,
    Status.PAYMENT_DUE: _payment_due,
    Status.READY: _ready,
    Status.DELIVERED: _delivered,
    Status.PROBLEM: _problem,
    Status.ENDING: _ending,
    Status.RELEASED: _released,
    Status.EXPIRED: _expired,
    Status.REFUNDED: _refunded,
}
