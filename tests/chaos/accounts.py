"""What a chaos run came to: everything that is not as it must be, and a table of the rest."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count

from orders.invariants import find_violations
from orders.models import Alert, Attention, Order, Payment, Refund
from orders.money import format_money
from orders.state_machine import History
from sandbox.inbox import Inbox
from sandbox.inbox.mail import Mail
from sandbox.stripe import StripeStandIn
from tests.chaos.crowd import Lot
from tests.chaos.faults import FAULTS
from tests.chaos.ledgers import COLUMNS, Difference, Ledgers, Totals

HEAD = ("delivered", "released", "refunded", "never paid", "paid again", "settled in")


@dataclass(frozen=True)
class Account:
    lots: list[Lot]
    totals: Totals
    wrong: list[Difference]


def count_up(lots: list[Lot], stripe: StripeStandIn, inbox: Inbox) -> Account:
    books = Ledgers(stripe)
    wrong = [
        *troubles(lots),
        *books.compare(),
        *(Difference(each.order.number, f"{each.rule}: {each.check.message}")
          for each in find_violations(timedelta(0))),
        *wrong_mails(lots, inbox),
        *(Difference(alert.order.number if alert.order else "?", alert.text)
          for alert in Alert.objects.filter(kind__in=[Alert.Kind.DIFFERENCE, Alert.Kind.NO_ORDER])),
        *(Difference("all", f"the stand-in: {each}") for each in stripe.violations),
        *(Difference("all", f"the shop asked: {each}") for each in stripe.misuses),
    ]  # fmt: skip
    return Account(lots, books.totals, wrong)


def troubles(lots: list[Lot]) -> Iterator[Difference]:
    for lot in lots:
        order = Order.objects.filter(number=lot.customer.number).first()
        if lot.trouble or order is None or order.status not in lot.fault.ends:
            stands = f"{order.status}" if order else "no order"
            says = f"{lot.fault.name}, webhooks {lot.customer.weather}: {stands}. {lot.trouble}"
            yield Difference(lot.customer.number or lot.customer.email, says)


def wrong_mails(lots: list[Lot], inbox: Inbox) -> Iterator[Difference]:
    """A code is mailed once, and only if it was paid for. A second copy has the same Message-ID."""
    by_address: dict[str, list[Mail]] = defaultdict(list)
    for mail in inbox.messages:
        by_address[mail.recipients[0]].append(mail)
    for lot in lots:
        c = lot.customer
        line = f"\n    {c.code}\n"
        found = {mail.message_id for mail in by_address[c.email] if line in mail.text}
        due = Order.objects.filter(number=c.number, ready_at__isnull=False).count()
        if len(found) != due:
            yield Difference(c.number, f"{len(found)} mails with its code instead of {due}")


# ------------------------------------------------------------------ the story of what went wrong
def print_story(number: str) -> None:
    for step in History.objects.filter(order__number=number):
        who = f"{step.subject} {step.subject_id}"
        print(f"    {step.at:%H:%M:%S.%f} {who:<14}{step.move:<18}{step.status:<16}{step.note}")
    for refund in Refund.objects.filter(payment__order__number=number):
        why = refund.failure or "no failure"
        print(f"    refund {refund.pk}: {refund}, {refund.reason}, {why}, due {refund.due_at}")
    for payment in Payment.objects.filter(order__number=number):
        kept = f"{payment.amount_captured} taken, {payment.amount_kept} kept"
        print(f"    payment {payment.pk}: {payment.status}, {kept}, due {payment.due_at}")


# ------------------------------------------------------------------ the table
def print_table(account: Account) -> None:
    head = "".join(f"{name:>11}" for name in HEAD)
    print(f"\n{'fault':<42}{'orders':>7}{head}   on the list of what needs staff")
    rows: dict[str, list[Lot]] = defaultdict(list)
    for lot in account.lots:
        rows[lot.fault.name].append(lot)
    for fault in FAULTS:
        if fault.name in rows:
            print_row(fault.name, rows[fault.name])
    print_row("all", account.lots)
    weather = Counter(lot.customer.weather for lot in account.lots)
    print("\nwebhooks: " + counted(weather))
    print_sums(account.totals)


def print_row(name: str, lots: list[Lot]) -> None:
    orders = Order.objects.filter(number__in=[lot.customer.number for lot in lots])
    count = Counter(orders.values_list("status", flat=True))
    again = orders.annotate(pages=Count("payments")).filter(pages__gt=1)
    cells = (
        count["delivered"], count["released"], count["refunded"], count["pending"],
        again.count(),
    )  # fmt: skip
    slowest = max(lot.settled_after for lot in lots)
    text = "".join(f"{cell or '':>11}" for cell in cells)
    reasons = Attention.open_rows().filter(order__in=orders).values_list("reason", flat=True)
    print(f"{name:<42}{len(lots):>7}{text}{slowest:>9.1f} s   {counted(Counter(reasons))}")


def counted(what: Counter[str]) -> str:
    return ", ".join(f"{name} {n}" for name, n in what.most_common())


def print_sums(totals: Totals) -> None:
    compared = ", ".join(f"{n} {kind}" for kind, n in totals.rows.items())
    print(f"compared with Stripe's books: {compared}")
    print(f"{'':<6}" + "".join(f"{name + ', ours':>20}{'Stripe':>16}" for name in COLUMNS))
    for currency in sorted({currency for currency, _name in totals.stripes}):
        sums = "".join(
            f"{format_money(totals.ours[currency, name], currency):>20}"
            f"{format_money(totals.stripes[currency, name], currency):>16}"
            for name in COLUMNS
        )
        print(f"{currency:<6}{sums}")
