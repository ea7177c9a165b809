"""At Stripe's page, and where the money that was promised is not there."""

from orders.models import Payment
from tests.chaos.browser import together
from tests.chaos.customer import CAPTURE_REFUSED, DECLINED, THREE_D_SECURE, Customer
from tests.chaos.faults.deck import DELIVERED, NEVER_PAID, RELEASED, Script, fault
from tests.chaos.staff import Staff


@fault("declined, then paid", DELIVERED)
def declined_then_paid(c: Customer, staff: Staff) -> None:
    c.order()
    c.pay(DECLINED)
    c.pay_somehow()


@fault("3-D Secure fails, then paid", DELIVERED)
def authentication_fails(c: Customer, staff: Staff) -> None:
    c.order()
    c.pay(THREE_D_SECURE, agrees=False)
    c.pay(THREE_D_SECURE)


@fault("form sent twice at once", DELIVERED)
def form_twice(c: Customer, staff: Staff) -> None:
    c.order(twice=True)
    c.pay_somehow()


@fault("paid in two tabs at once", DELIVERED)
def two_tabs(c: Customer, staff: Staff) -> None:
    c.order()
    together(c.pay, c.pay)


@fault("session expires while paying", DELIVERED)
def session_expires(c: Customer, staff: Staff) -> None:
    c.order()
    c.bank.expire(c.session)
    assert not c.pay()
    c.press_pay()
    c.pay_somehow()


@fault("page abandoned", NEVER_PAID)
def abandoned(c: Customer, staff: Staff) -> None:
    c.order()


def two_pages(method: str) -> Script:
    """Stripe called the first page expired for a while, and in the end both are paid."""

    def play(c: Customer, staff: Staff) -> None:
        c.currency = "eur"
        c.order()
        first = c.session
        c.bank.change("checkout.session", first, {"status": "expired"})
        c.press_pay(tabs=2)
        c.bank.change("checkout.session", first, {"status": "open"})
        c.pay(method=method)
        c.session = first
        c.pay(method=method)
        is_superseded = Payment.objects.filter(session_id=first, is_superseded=True)
        c.wait_until(is_superseded.exists, "one payment is one too many", every=1)

    return play


fault("two pages paid, both held", DELIVERED)(two_pages("card"))
fault("two pages paid, both taken", DELIVERED)(two_pages("ideal"))


# ------------------------------------------------------------------ money that is not there
@fault("capture refused, paid again", DELIVERED)
def capture_refused(c: Customer, staff: Staff) -> None:
    c.order()
    c.pay(CAPTURE_REFUSED)
    c.pay_again()


@fault("capture refused twice, paid again", DELIVERED)
def capture_refused_twice(c: Customer, staff: Staff) -> None:
    c.order()
    c.pay(CAPTURE_REFUSED)
    c.pay_again(CAPTURE_REFUSED)
    refused = Payment.objects.filter(order__number=c.number, status="failed")
    c.wait_until(lambda: refused.count() == 2, "the second capture is refused")
    c.pay_again()


@fault("capture refused, never paid again", RELEASED)
def capture_refused_for_good(c: Customer, staff: Staff) -> None:
    c.order()
    c.pay(CAPTURE_REFUSED)


@fault("hold lapses at the desk, paid again", DELIVERED)
def authorization_expires(c: Customer, staff: Staff) -> None:
    c.order(into_book=False)
    c.pay_somehow()
    c.wait_for("with_staff")
    c.bank.expire_authorization(c.session)
    staff.find(c)
    c.pay_again()


def delayed(c: Customer) -> None:
    c.currency = "eur"
    c.order()
    c.pay(method="sepa_debit")
    waits = Payment.objects.filter(session_id=c.session, status="processing")
    c.wait_until(waits.exists, "the bank thinks")


@fault("bank pays days later", DELIVERED)
def delayed_success(c: Customer, staff: Staff) -> None:
    delayed(c)
    c.bank.settle_delayed(c.session)


@fault("bank refuses days later, paid by card", DELIVERED)
def delayed_failure(c: Customer, staff: Staff) -> None:
    delayed(c)
    c.bank.settle_delayed(c.session, succeed=False)
    c.press_pay()
    c.pay()


@fault("bank refuses days later, customer gone", NEVER_PAID)
def delayed_failure_for_good(c: Customer, staff: Staff) -> None:
    delayed(c)
    c.bank.settle_delayed(c.session, succeed=False)
