"""The states of an order and the moves between them. The methods of Order make the moves."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.state_machine import Move, move


class Status(models.TextChoices):
    PENDING = "pending", _("not paid yet")
    PLACED = "placed", _("looking for the code")
    WITH_STAFF = "with_staff", _("with staff")
    FOUND = "found", _("code found, payment being captured")
    PAYMENT_DUE = "payment_due", _("code found, payment failed")
    READY = "ready", _("code ready")
    DELIVERED = "delivered", _("delivered")
    PROBLEM = "problem", _("the code does not work")
    ENDING = "ending", _("ending, authorization being released")
    RELEASED = "released", _("ended, nothing charged")
    EXPIRED = "expired", _("never paid")
    REFUNDED = "refunded", _("refunded")


AT_DESK = (Status.WITH_STAFF, Status.PROBLEM)  # where staff have until a deadline
CODE_IS_OUT = (Status.READY, Status.DELIVERED, Status.PROBLEM)


class EndedBecause(models.TextChoices):
    NO_CODE = "no_code", _("no code")
    WITHDRAWN = "withdrawn", _("withdrawn")
    DEADLINE = "deadline", _("deadline passed")
    FRAUD = "fraud", _("fraud")
    UNDECIDED = "undecided", _("on hold until the authorization ended")
    RETURNED = "returned", _("all money refunded")


class AttentionReason(models.TextChoices):
    """Why staff must look at an order, whatever its state."""

    MISMATCH = "mismatch", _("Stripe's amount, currency or order differ from ours")
    TRIES = "tries", _("work failed again and again")
    CAPTURE = "capture", _("the authorization ended before the code was found")
    PAID_LATE = "paid_late", _("paid after the order had ended; the payment is being undone")
    NO_ANSWER = "no_answer", _("Stripe has not done what we ask for a long time")
    REFUSED = "refused", _("Stripe refuses to open a payment page for this order")
    REFUND_FAILED = "refund_failed", _("a refund failed: the customer does not have the money")
    REFUND_WAITS = "refund_waits", _("a refund has been on its way for more than a day")
    DISPUTE = "dispute", _("the customer's bank disputes the payment")
    DISPUTE_LOST = "dispute_lost", _("a dispute was lost: the bank took the money back")
    FRAUD = "fraud", _("Stripe warns of fraud")
    REVIEW = "review", _("the payment is in Radar's review")
    REFUNDED = "refunded", _("money was refunded in Stripe's Dashboard")
    TWO_PAYMENTS = "two_payments", _("paid twice; the second payment is being undone")
    MAIL = "mail", _("a mail could not be delivered")
    COMPLAINT = "complaint", _("the customer's mail provider was told that our mail is spam")
    OTHER_CODE = "other_code", _("another code than before for this serial")
    BAD_CODE = "bad_code", _("a provider gave a code of the wrong shape")
    UNKNOWN_STATE = "unknown_state", _("Stripe reports a state that we do not know")
    BLOCKED = "blocked", _("the serial or the address is on the block-list")
    PROBLEM_LATE = "problem_late", _("a code does not work, and nobody has answered in time")
    VELOCITY = "velocity", _("one buyer orders many different serials")


MOVES: dict[str, Move] = {
    "place": move(Status.PENDING, Status.EXPIRED, to=Status.PLACED),
    "expire": move(Status.PENDING, to=Status.EXPIRED),
    "hand_to_staff": move(Status.PLACED, to=Status.WITH_STAFF),
    # providers were not asked for this serial yet
    "correct_serial": move(Status.WITH_STAFF, to=Status.PLACED),
    "find": move(Status.PLACED, Status.WITH_STAFF, to=Status.FOUND),
    # its computed code is in doubt
    "doubt": move(Status.FOUND, to=Status.WITH_STAFF),
    "payment_failed": move(Status.FOUND, to=Status.PAYMENT_DUE),
    "secure_again": move(Status.PAYMENT_DUE, to=Status.FOUND),
    "ready": move(Status.FOUND, to=Status.READY),
    "deliver": move(Status.READY, to=Status.DELIVERED),
    "end": move(Status.PLACED, Status.WITH_STAFF, Status.PAYMENT_DUE, to=Status.ENDING),
    # all money was refunded before a code was shown: none is shown any more
    "end_returned": move(
        Status.PLACED, Status.WITH_STAFF, Status.FOUND, Status.PAYMENT_DUE, to=Status.ENDING
    ),
    "end_undecided": move(Status.PLACED, Status.WITH_STAFF, Status.FOUND, to=Status.ENDING),
    # staff refuse an order on hold
    "refuse": move(
        Status.PLACED, Status.WITH_STAFF, Status.FOUND, Status.PAYMENT_DUE, to=Status.ENDING
    ),
    # withdrawn while the payment is processing
    "withdraw_at_bank": move(Status.PENDING, to=Status.ENDING),
    "release": move(Status.ENDING, to=Status.RELEASED),
    # the customer says that the code does not work
    "report_problem": move(Status.READY, Status.DELIVERED, to=Status.PROBLEM),
    "close_problem": move(Status.PROBLEM, to=Status.DELIVERED),
    # the mail with the code had not left yet
    "close_unmailed_problem": move(Status.PROBLEM, to=Status.READY),
    "refund": move(*CODE_IS_OUT, to=Status.REFUNDED),
    # a refund may fail weeks later
    "return_failed": move(Status.RELEASED, to=Status.ENDING),
    "refund_failed": move(Status.REFUNDED, to=Status.DELIVERED),
    # by another code
    "replace": move(*CODE_IS_OUT, to=Status.READY),
}
