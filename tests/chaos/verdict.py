"""What a storm came to: everything that is not as it must be, and a table of the rest."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from orders.invariants import find_violations
from orders.models import History, Order, Status
from sandbox.inbox.mail import Mail
from tests.chaos.buying import Purchase
from tests.chaos.ledgers import Difference, Ledgers
from tests.chaos.storm import Storm, left_to_do

VISITORS = 6
AT_ONE_END = (Status.DELIVERED, Status.RELEASED, Status.WITH_STAFF)
HEAD = ("orders", "delivered", "released", "with staff", "copies", "median", "longest")


@dataclass
class Fate:
    """What became of one purchase. `copies`: of its mails, beyond one of each."""

    purchase: Purchase
    order: Order | None = None
    shown: str = ""
    copies: int = 0
    settled_after: float = 0.0

    @property
    def status(self) -> str:
        return self.order.status if self.order else "no order"


@dataclass
class Verdict:
    fates: list[Fate]
    codes_on_pages: int
    codes_in_mails: int
    captures: int
    mails: int
    wrong: list[Difference] = field(default_factory=list)


def judge(storm: Storm) -> Verdict:
    left = [Difference(number, "still has work left to do") for number in left_to_do()]
    fates = follow_up(storm)
    books = Ledgers(storm.stripe)
    line_in_mails = list(wrong_codes_in_mails(fates, storm.inbox.messages))
    wrong = [
        *left,
        *(each for fate in fates for each in wrong_end(fate)),
        *line_in_mails,
        *books.compare(),
        *(Difference(each.order.number, f"{each.rule}: {each.check.message}")
          for each in find_violations(timedelta(0))),
        *(Difference("all", f"Stripe's stand-in: {each}") for each in storm.stripe.violations),
        *(Difference("all", f"Stripe was asked: {each}") for each in storm.stripe.misuses),
        *(Difference("all", f"the supplier was asked: {each}") for each in storm.supplier.misuses),
    ]  # fmt: skip
    out = [fate for fate in fates if fate.status == Status.DELIVERED]
    return Verdict(
        fates,
        codes_on_pages=sum(bool(fate.shown) for fate in fates),
        codes_in_mails=len(out) - len(line_in_mails),
        captures=sum(books.captures.values()),
        mails=len(storm.inbox.messages),
        wrong=wrong,
    )


def follow_up(storm: Storm) -> list[Fate]:
    """Every customer looks at their order's page once more."""
    orders = {order.number: order for order in Order.objects.all()}
    moves = History.objects.filter(subject="order").order_by().values_list("order__number")
    last = dict(moves.annotate(last=Max("at")))
    copies = copies_of(storm.inbox.messages)
    fates = []
    for purchase in storm.purchases:
        c = purchase.customer
        fate = Fate(purchase, orders.get(c.number), copies=copies[c.email])
        if c.number in last:
            fate.settled_after = max(0.0, last[c.number].timestamp() - c.last_act)
        fates.append(fate)
    with ThreadPoolExecutor(VISITORS) as visitors:
        list(visitors.map(look, fates))
    return fates


def look(fate: Fate) -> None:
    if fate.order:
        try:
            fate.shown = fate.purchase.look()
        except Exception as error:
            fate.purchase.trouble += f"{type(error).__name__}: {error}"
        finally:
            connection.close()  # each thread has its own


def copies_of(mails: list[Mail]) -> dict[str, int]:
    """By address: how many came more than once, with the same Message-ID."""
    ids: dict[str, list[str]] = defaultdict(list)
    for mail in mails:
        ids[mail.recipients[0]].append(mail.message_id)
    copies: dict[str, int] = defaultdict(int)
    return copies | {address: len(each) - len(set(each)) for address, each in ids.items()}


# ------------------------------------------------------------------ what must be true
def wrong_end(fate: Fate) -> Iterator[Difference]:
    """Lost, stuck, at an end that is not its own, or showing another code than its own."""
    purchase, order = fate.purchase, fate.order
    name = purchase.customer.number or purchase.customer.email
    met = f"{purchase.kind.name}, {purchase.outage}"
    if purchase.trouble or order is None:
        yield Difference(name, f"{met}: {fate.status}. {purchase.trouble}")
        return
    if order.status not in purchase.kind.ends:
        yield Difference(name, f"{met}: {order.status}")
    if order.status == Status.WITH_STAFF and not (
        order.deadline_at and order.deadline_at > timezone.now()
    ):
        yield Difference(name, f"{met}: with staff, and its deadline is over")
    due = purchase.customer.code if order.may_show_code else ""
    if fate.shown != due:
        yield Difference(name, f"{met}: its page shows another code than its radio's, or none")


def wrong_codes_in_mails(fates: list[Fate], mails: list[Mail]) -> Iterator[Difference]:
    """One mail with the right code for who paid, and none for anybody else; copies are counted
    elsewhere."""
    by_address: dict[str, list[Mail]] = defaultdict(list)
    for mail in mails:
        by_address[mail.recipients[0]].append(mail)
    for fate in fates:
        c = fate.purchase.customer
        line = f"\n    {c.code}\n"
        found = {mail.message_id for mail in by_address[c.email] if line in mail.text}
        due = fate.order is not None and fate.order.ready_at is not None
        if len(found) != due:
            yield Difference(c.number, f"{len(found)} mails with its code instead of {due:d}")


# ------------------------------------------------------------------ the table
def print_verdict(storm: Storm, verdict: Verdict) -> None:
    lasted = Counter(outage.row or outage.name for outage in storm.outages)
    head = "".join(f"{name:>11}" for name in HEAD)
    print(f"\n{'while':<36}{'times':>6}{head}")
    for name, times in lasted.items():
        print_row(name, times, [f for f in verdict.fates if f.purchase.outage == name])
    print_row("all", len(storm.outages), verdict.fates)
    print(f"\n{'code':<42}{head}")
    for name in dict.fromkeys(fate.purchase.kind.name for fate in verdict.fates):
        print_row(name, 0, [f for f in verdict.fates if f.purchase.kind.name == name])
    slowest = max(verdict.fates, key=lambda fate: fate.settled_after)
    print(
        f"\n{verdict.captures} captures, none twice in one payment. "
        f"{verdict.codes_on_pages} codes compared on pages, {verdict.codes_in_mails} in mails."
        f"\n{verdict.mails} mails, {sum(fate.copies for fate in verdict.fates)} of them copies."
        f"\nLongest time to settle: {slowest.settled_after:.0f} s "
        f"({slowest.purchase.kind.name}, {slowest.purchase.outage})."
        f"\nAll settled {storm.calm_after:.0f} s after the last outage and customer."
        f"\nCustomers tried again {len(storm.town.tried_again)} times."
    )
    alone = ", ".join(f"{name} {count} times" for name, count in storm.crew.ended_alone.items())
    print(f"Processes that ended by themselves and were started again: {alone or 'none'}.")


def print_row(name: str, times: int, fates: list[Fate]) -> None:
    counts = [sum(fate.status == status for fate in fates) for status in AT_ONE_END]
    seconds = [fate.settled_after for fate in fates] or [0.0]
    cells = [len(fates), *counts, sum(fate.copies for fate in fates)]
    text = "".join(f"{cell or '':>11}" for cell in cells)
    print(
        f"{name:<36}{times or '':>6}{text}{median(seconds):>9.1f} s{max(seconds):>9.1f} s",
        flush=True,
    )
