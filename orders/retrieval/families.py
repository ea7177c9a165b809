"""Computed codes on trial: when customers get them, and when they no longer do.

A family of codes is off, on trial or released. Each serial has one row that says whether its
computed code equals one that came from elsewhere: from the code book, the supplier, staff who had
not seen the computed one, or a customer for whom it worked. Counts are counts of these rows.

1. On trial, the computed code is compared with every other; staff may see and send it.
2. After enough equal rows, and none that differs, staff are alerted and may release the family.
3. A different code sends its order to staff. The first one ends a release that was earned, the
   second one a release that this shop ships with.
4. Then no unconfirmed code of the family answers another order, and orders that are not ready yet
   go to staff.

`compare` and the functions that call it commit the row before they look at the counts, so that of
two workers with a different code each, the later one sees both. Call them outside a transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from guides.content_version import touch
from orders.desk.deadlines import desk_deadline
from orders.desk.holds import put_on_hold
from orders.desk.reminders import announce
from orders.lib import crypto
from orders.models import (
    Alert,
    AttentionReason,
    Code,
    CodeBookEntry,
    CodeFamily,
    Comparison,
    FamilyState,
    Mail,
    Order,
    Radio,
    SerialHashes,
    Status,
    queue_mail,
    raise_alert,
)
from orders.retrieval.calculators import CALCULATORS, Computed, compute

COMPUTED = "computed"  # the provider, and the source of a code
SUGGESTED = "suggested"  # the source of a computed code that staff sent
ENOUGH_EQUAL = 30
ENOUGH_ORIGINS = 10  # buyers and lists
ENOUGH_OF_A_KIND = 10
BATCH = 2_000  # rows that one sweep looks at
INDEPENDENT = [Comparison.Source.CODE_BOOK, Comparison.Source.SUPPLIER, Comparison.Source.DESK]
NOT_READY = [Status.FOUND, Status.PAYMENT_DUE]


# ------------------------------------------------------------------ the state
def families() -> list[CodeFamily]:
    """Return all families with a method. One that has no row yet is in the state it ships in."""
    known = {family.name: family for family in CodeFamily.objects.all()}
    return [known.get(name) or CodeFamily(name=name, state=shipped(name)) for name in CALCULATORS]


def family_of(name: str) -> CodeFamily | None:
    if name not in CALCULATORS:
        return None
    known = CodeFamily.objects.filter(pk=name).first()
    return known or CodeFamily(name=name, state=shipped(name))


def shipped(name: str) -> FamilyState:
    return FamilyState.RELEASED if CALCULATORS[name].ships_released else FamilyState.OFF


def store(family: CodeFamily) -> None:
    """Make its row, if there is none yet."""
    CodeFamily.objects.get_or_create(name=family.name, defaults={"state": shipped(family.name)})


def released_families() -> set[str]:
    return {family.name for family in families() if family.state == FamilyState.RELEASED}


def is_released(family: CodeFamily, kind: str) -> bool:
    """Whether customers get codes of serials of this kind at once."""
    if family.state != FamilyState.RELEASED:
        return False
    if not kind:
        return True
    rows = family.comparisons.filter(kind=kind)
    return (
        rows.filter(is_equal=True).count() >= ENOUGH_OF_A_KIND
        and not rows.filter(is_equal=False).exists()
    )


def released_code(radio: Radio, serial: str) -> Computed | None:
    """Compute the code of a canonical serial, if customers may get it at once."""
    family = family_of(radio.code_family)
    found = compute(radio.code_family, serial) if family else None
    if family is None or found is None or not is_released(family, found.kind):
        return None
    hashes = crypto.hashes_in_family(family.name, serial)
    return None if _differs(family, hashes) else found


def suggestion(order: Order) -> Computed | None:
    """Compute the code that staff may see, also while the family is on trial."""
    family = family_of(order.radio.code_family)
    if family is None or family.state == FamilyState.OFF:
        return None
    return compute(family.name, order.canonical_serial)


def find_computed(order: Order, code: str) -> bool:
    return while_released(order, lambda: order.find(code, COMPUTED))


def while_released(order: Order, store_code: Callable[[], bool]) -> bool:
    """Store a computed code, unless its family has lost its release.

    The lock lets a worker that takes the release away wait, so that it sees this order.
    """
    if family := family_of(order.radio.code_family):
        store(family)
    with transaction.atomic():
        released = CodeFamily.objects.select_for_update(no_key=True).filter(
            name=order.radio.code_family, state=FamilyState.RELEASED
        )
        return bool(list(released)) and store_code()


# ------------------------------------------------------------------ comparing
@dataclass(frozen=True)
class Known:
    """A code that did not come from the method."""

    family: CodeFamily
    serial: str
    code: str
    source: str
    order: Order | None = None
    list_id: int | None = None


def compare(known: Known) -> bool | None:
    """Note whether the computed code is the same; None where there is none, or it is off."""
    family = known.family
    computed = compute(family.name, known.serial)
    if computed is None or family.state == FamilyState.OFF:
        return None
    is_equal = computed.code == known.code
    store(family)
    _note(known, computed, is_equal)
    review(family.name)
    return is_equal


def compare_for(order: Order, code: str, source: str) -> bool | None:
    """Compare the code that was found for an order. A different one is staff's to decide."""
    family = family_of(order.radio.code_family)
    if family is None:
        return None
    return compare(Known(family, order.canonical_serial, code, source, order))


def note_failure(order: Order) -> None:
    """Count a computed code that the radio refused: staff confirmed its serial."""
    family, code = family_of(order.radio.code_family), order.current_code
    computed = compute(family.name, order.canonical_serial) if family else None
    if family is None or computed is None or code is None or computed.code != code.digits:
        return
    if code.family_hash not in order.hashes.family:
        return  # the serial was corrected since

    store(family)
    source = Comparison.Source.CUSTOMER
    _note(Known(family, order.canonical_serial, "", source, order), computed, is_equal=False)
    review(family.name)


def _note(known: Known, computed: Computed, is_equal: bool) -> None:
    """Store the one row of this serial; a difference outweighs what was equal before."""
    hashes = crypto.hashes_in_family(known.family.name, known.serial)
    rows = Comparison.objects.filter(family=known.family, serial_hash__in=hashes)
    row, is_new = rows.first(), False
    if row is None:
        _row, is_new = Comparison.objects.get_or_create(
            family=known.family, serial_hash=hashes[0], defaults=_values(known, computed, is_equal)
        )
    if is_equal:
        return
    origin = {"source": known.source, "order": known.order, "came_with_id": known.list_id}
    if is_new or rows.filter(is_equal=True).update(is_equal=False, at=Now(), **origin):
        words = _("%(family)s: %(source)s has another code than the computed one.")
        source = Comparison.Source(known.source).label
        # a list may have thousands
        about = hashes[0] if known.order else f"list:{known.list_id or ''}"
        text = words % {"family": known.family, "source": source}
        raise_alert(Alert.Kind.FAMILY, f"family:{known.family}:{about}", text, known.order)


def _values(known: Known, computed: Computed, is_equal: bool) -> dict[str, Any]:
    return {
        "serial_encrypted": crypto.encrypt(known.serial), "kind": computed.kind,
        "is_equal": is_equal, "source": known.source, "order": known.order,
        "came_with_id": known.list_id,
    }  # fmt: skip


def compare_known_codes() -> None:
    """Compare codes that were known before: the book's, and those of earlier orders."""
    for family in CodeFamily.objects.exclude(state=FamilyState.OFF).filter(name__in=CALCULATORS):
        _compare_entries(family)
        _compare_codes(family)


def _compare_entries(family: CodeFamily) -> None:
    entries = CodeBookEntry.objects.filter(pk__gt=family.entry_place).order_by("pk")
    pks = list(entries.values_list("pk", "family")[:BATCH])
    ours = CodeBookEntry.objects.filter(pk__in=[pk for pk, name in pks if name == family.name])
    source = Comparison.Source.CODE_BOOK
    _compare_all(
        family,
        [Known(family, each.serial, each.code, source, list_id=each.came_with_id) for each in ours],
    )
    if pks:
        CodeFamily.objects.filter(pk=family.pk).update(entry_place=pks[-1][0])


def _compare_codes(family: CodeFamily) -> None:
    codes = Code.objects.filter(pk__gt=family.code_place).order_by("pk")
    pks = list(codes.values_list("pk", "order__radio__family", "source")[:BATCH])
    ours = [pk for pk, name, source in pks if name == family.name and source in INDEPENDENT]
    # not those that were replaced: the serial of their order may have been corrected
    known = (
        Code.objects.filter(pk__in=ours, is_current=True)
        .select_related("order__radio")
        .order_by("pk")
    )
    _compare_all(
        family,
        [
            Known(family, each.order.canonical_serial, each.digits, each.source, each.order)
            for each in known
        ],
    )
    if pks:
        CodeFamily.objects.filter(pk=family.pk).update(code_place=pks[-1][0])


def _compare_all(family: CodeFamily, codes: list[Known]) -> None:
    """Store equal ones in one statement, and each that differs by itself."""
    hashed = {crypto.hashes_in_family(family.name, each.serial)[0]: each for each in codes}
    rows = Comparison.objects.filter(family=family, serial_hash__in=hashed)
    present = set(rows.values_list("serial_hash", flat=True))
    equal: list[Comparison] = []
    for serial_hash, known in hashed.items():
        computed = compute(family.name, known.serial)
        if computed and computed.code != known.code:
            _note(known, computed, is_equal=False)
        elif computed and serial_hash not in present:
            values = _values(known, computed, is_equal=True)
            equal.append(Comparison(family=family, serial_hash=serial_hash, **values))
    Comparison.objects.bulk_create(equal, ignore_conflicts=True)
    review(family.name)


# ------------------------------------------------------------------ releasing
def may_be_released(family: CodeFamily) -> bool:
    """Whether its trial allows it. What ships released may return while nothing differed."""
    row = CodeFamily.counted().get(pk=family.pk)
    if row.state != FamilyState.TRIAL or row.different:  # type: ignore[attr-defined]
        return False
    return CALCULATORS[family.name].ships_released or is_proven(family)


def is_proven(family: CodeFamily) -> bool:
    rows = family.comparisons.filter(kind="")
    equal = rows.filter(is_equal=True)
    return (
        equal.count() >= ENOUGH_EQUAL
        and origins(equal) >= ENOUGH_ORIGINS
        and not rows.filter(is_equal=False).exists()
    )


def origins(rows: QuerySet[Comparison]) -> int:
    """Count the buyers and lists; all whose buyer is no longer known are one."""
    buyers = rows.exclude(order=None).values("order__mailbox").distinct().count()
    return buyers + rows.exclude(came_with=None).values("came_with").distinct().count()


def release(family: CodeFamily, by: User) -> bool:
    """Let customers have the codes. Refused if a different code came in the meantime."""
    if not may_be_released(family):
        return False
    ready = CodeFamily.counted().filter(Q(different=0), pk=family.pk, state=FamilyState.TRIAL)
    won = ready.update(
        state=FamilyState.RELEASED, is_earned=is_proven(family), changed_at=Now(), changed_by=by
    )
    touch(CodeFamily, [])  # public pages promise seconds now
    return won == 1


def set_state(family: CodeFamily, state: FamilyState, by: User) -> None:
    """Switch a family off or to trial. The trial compares all that is known by now."""
    assert state != FamilyState.RELEASED
    store(family)
    CodeFamily.objects.filter(pk=family.pk).exclude(state=state).update(
        state=state, is_earned=False, changed_at=Now(), changed_by=by, entry_place=0, code_place=0
    )
    touch(CodeFamily, [])
    doubt_unconfirmed_orders()


def review(name: str) -> None:
    """Take the release away after too many differences, or alert staff to a proven trial."""
    end_release(name)
    family = CodeFamily.objects.get(pk=name)
    if family.state == FamilyState.TRIAL and is_proven(family):
        key = f"family:{name}:proven"
        if not Alert.objects.filter(key=key, created_at__gte=family.changed_at).exists():
            words = _("%s: the computed codes have proved right. You may release the family.")
            raise_alert(Alert.Kind.FAMILY, key, words % name)


def end_release(name: str) -> None:
    """Return a family to trial. The database decides, once for however many workers."""
    enough = Q(is_earned=True, different__gte=1) | Q(is_earned=False, different__gte=2)
    released = CodeFamily.counted().filter(enough, pk=name, state=FamilyState.RELEASED)
    if released.update(state=FamilyState.TRIAL, is_earned=False, changed_at=Now(), changed_by=None):
        words = _("%s: computed codes differ from others. The family is on trial again.")
        raise_alert(Alert.Kind.FAMILY, f"family:{name}:ended", words % name)
        touch(CodeFamily, [])
        doubt_unconfirmed_orders()


def review_families() -> None:
    """Do what a worker left undone that died between its row and its counting."""
    for name in CALCULATORS:
        if CodeFamily.objects.filter(pk=name).exists():
            review(name)
    doubt_unconfirmed_orders()


# ------------------------------------------------------------------ unconfirmed codes
def is_unconfirmed(radio: Radio, serial: str, hashes: SerialHashes) -> bool:
    """Whether a computed code was found for this canonical serial that nothing has confirmed.

    While the family is released, its codes need no confirmation.
    """
    family = family_of(radio.code_family)
    if family is None:
        return False
    confirmed = Comparison.objects.filter(
        family=family, serial_hash__in=hashes.family, is_equal=True
    )
    if confirmed.exists():
        return False
    found = compute(family.name, serial)
    if found and is_released(family, found.kind) and not _differs(family, hashes.family):
        return False
    return Code.objects.filter(hashes.rows, source__in=[COMPUTED, SUGGESTED]).exists()


def _differs(family: CodeFamily, hashes: list[str]) -> bool:
    return family.comparisons.filter(serial_hash__in=hashes, is_equal=False).exists()


def doubt_unconfirmed_orders() -> None:
    """Send orders to staff whose unconfirmed code was found, but is not shown yet."""
    not_released = CodeFamily.objects.exclude(state=FamilyState.RELEASED).values("name")
    computed = Code.objects.filter(
        order=OuterRef("pk"), is_current=True, source__in=[COMPUTED, "answered_before"]
    )
    orders = Order.objects.filter(
        Exists(computed), status__in=NOT_READY, radio__family__in=not_released
    )
    for order in orders.select_related("radio").order_by("pk"):
        if is_unconfirmed(order.radio, order.canonical_serial, order.hashes):
            _doubt(order)


def _doubt(order: Order) -> None:
    """A code whose payment failed stays, on hold: the customer may pay at this moment.

    Staff who let it go on have decided.
    """
    if order.status == Status.PAYMENT_DUE:
        if not order.attentions.filter(reason=AttentionReason.OTHER_CODE).exists():
            put_on_hold(order, AttentionReason.OTHER_CODE)
        return
    with transaction.atomic():
        if order.doubt(desk_deadline(order)):
            order.needs_attention(AttentionReason.OTHER_CODE)
            queue_mail(order, Mail.ORDER_RECEIVED)
            announce(order)
