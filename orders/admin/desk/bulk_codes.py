"""Codes for many orders at once: read from a list, matched, sealed until staff confirm, sent."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.admin.desk.forms import CodeForm
from orders.admin.desk.page import CLAIM_LASTS
from orders.code_book.columns import CodeList, Fields, NoHeaderError, open_list
from orders.code_book.importing import in_memory
from orders.code_book.look_up import SHORTENED, padded
from orders.code_book.rows import BadListError, BadRowError, plain
from orders.desk.waiting import with_staff
from orders.leases import without_lease
from orders.lib import crypto
from orders.models import Order, Status, code_family
from orders.serials import normalise
from orders.serials.confusables import Pattern

MOST = 200  # codes that one confirmation sends
MOST_WAITING = 2_000  # orders that are looked at
CONFIRM_WITHIN = timedelta(hours=1)
LAST_PART = re.compile(r"(.*\S)[\s;,:=]+(\S+)\s*")  # of a line without columns: the code


@dataclass
class Line:
    """A row of the list: for an order, or `fault` says why not."""

    number: int
    serial: str
    code: str = field(default="", repr=False)
    order: Order | None = None
    fault: str = ""
    is_other_code: bool = False


# ------------------------------------------------------------------ what waits
def waiting_orders() -> list[Order]:
    """Those without a code yet, not on hold, the most pressing first."""
    rows = with_staff().filter(status=Status.WITH_STAFF, on_hold_at=None)
    return list(rows.select_related("brand", "radio", "car_model", "generation")[:MOST_WAITING])


# ------------------------------------------------------------------ reading
def read_codes(content: bytes, *, pads_codes: bool, by: User) -> list[Line]:
    """Read a list, and match it with the orders that wait. Raises BadListError."""
    waiting = Waiting(waiting_orders(), by)
    codes = _open(content)
    lines = [
        waiting.match(row.line, _fields(codes, row), pads_codes)
        for row in islice(codes.rows, MOST + 1)
        if not _is_blank(codes, row)
    ]
    if len(lines) > MOST:
        raise BadListError(_("Send at most %s codes at once.") % MOST)
    checked = [each for line in lines for each in _for_each_order(line, waiting)]
    _refuse_repeated(checked)
    return checked


def _open(content: bytes) -> CodeList:
    """A list with a header, or lines of a serial and a code."""
    try:
        return open_list(in_memory(content))
    except NoHeaderError:
        pairs = [LAST_PART.fullmatch(line) for line in content.decode(errors="replace").split("\n")]
        if not any(pairs):
            raise
        text = "\n".join(f"{pair[1].strip(';,:=')};{pair[2]}" if pair else "" for pair in pairs)
        return open_list(in_memory(f"serial;code\n{text}".encode()))


def _is_blank(codes: CodeList, row: Any) -> bool:
    try:
        return codes.columns.fields(row) is None
    except BadRowError:
        return False


def _fields(codes: CodeList, row: Any) -> Fields | BadRowError:
    try:
        return codes.columns.fields(row) or Fields("", "")
    except BadRowError as error:
        return error


class Waiting:
    """The orders that wait, found by a serial in any way of writing it."""

    def __init__(self, orders: Iterable[Order], by: User) -> None:
        self.by = by
        self.orders: dict[str, list[Order]] = defaultdict(list)
        radios = {}
        for order in orders:
            self.orders[order.canonical_serial].append(order)
            radios[order.radio_id] = order.radio
        self.rewriting = [radio for radio in radios.values() if radio.canonical_pattern]

    def match(self, number: int, fields: Fields | BadRowError, pads_codes: bool) -> Line:
        if isinstance(fields, BadRowError):
            return Line(number, "", fault=str(fields))
        serial = normalise(fields.serial)
        line = Line(number, serial, normalise(fields.code))
        found = self.of_serial(serial, fields.radio)
        if SHORTENED.fullmatch(fields.serial) or SHORTENED.fullmatch(fields.code):
            line.fault = _("A spreadsheet shortened this number. Format the column as text.")
        elif not line.code:
            line.fault = _("There is no code.")
        elif not found:
            line.fault = _("No order waits for this serial.")
        elif len({code_family(order.radio) for order in found}) > 1:
            line.fault = _("Different radios with this serial wait. Answer them one by one.")
        else:
            line.order = found[0]
            if pads_codes:
                pattern = Pattern(line.order.radio.code_pattern)
                line.code = padded(line.code, pattern) or line.code
        return line

    def of_serial(self, serial: str, radio: str = "") -> list[Order]:
        ways = {serial, *(each.canonical(serial) for each in self.rewriting)}
        found = [order for way in ways for order in self.orders.get(way, [])]
        found = [each for each in found if each.radio.canonical(serial) == each.canonical_serial]
        named = [each for each in found if plain(radio) in (plain(each.radio.name), each.radio.key)]
        return named if radio and named else found


def _refuse_repeated(lines: list[Line]) -> None:
    """One order gets one code, however often and in how many ways its serial is in the list."""
    codes: dict[int, set[str]] = defaultdict(set)
    for line in lines:
        if line.order:
            codes[line.order.pk].add(line.code)
    seen = set()
    for line in lines:
        if line.order and len(codes[line.order.pk]) > 1:
            line.fault = _("This serial stands in the list with several codes.")
        elif line.order and line.order.pk in seen:
            line.fault = _("The same stands before it.")
        elif line.order:
            seen.add(line.order.pk)


def _for_each_order(line: Line, waiting: Waiting) -> Iterator[Line]:
    """Several orders may wait for one serial; each code is checked as if it were typed."""
    if line.order is None:
        yield line
        return
    for order in waiting.of_serial(line.serial):
        each = Line(line.number, line.serial, line.code, order)
        form = CodeForm({"code": line.code}, order=order)
        if not form.is_valid():
            each.fault = " ".join(str(error) for errors in form.errors.values() for error in errors)
            each.is_other_code = form.differs_from_known
        elif not is_free(order, waiting.by):
            each.fault = _("%s has this order open.") % order.opened_by
        yield each


def is_free(order: Order, user: User) -> bool:
    if order.opened_by_id in (None, user.pk):
        return True
    return Order.objects.filter(without_lease(), pk=order.pk).exists()


# ------------------------------------------------------------------ until it is confirmed
def seal(lines: list[Line], by: User, *, to_book: bool) -> str:
    """Encrypt what the page was made from: it brings it back, and nothing is stored here."""
    rows = [[line.order.pk, line.order.version, line.code] for line in lines if line.order]
    at = timezone.now().timestamp()
    return crypto.encrypt(json.dumps({"by": by.pk, "at": at, "book": to_book, "rows": rows}))


def unseal(sealed: str, by: User) -> tuple[list[tuple[int, int, str]], bool]:
    """Raises BadListError for a preview of another user, or an old one."""
    try:
        found = json.loads(crypto.decrypt(sealed))
    except ValueError as error:
        raise BadListError(_("This preview cannot be read. Make it again.")) from error
    if found["by"] != by.pk or found["at"] < (timezone.now() - CONFIRM_WITHIN).timestamp():
        raise BadListError(_("This preview is too old. Make it again."))
    return [(pk, version, code) for pk, version, code in found["rows"]], found["book"]


# ------------------------------------------------------------------ sending
def send_codes(rows: list[tuple[int, int, str]], by: User, *, to_book: bool) -> list[Order]:
    """Send each code whose order is as it was in the preview. Returns the other orders."""
    return [
        order
        for pk, version, code in rows
        if (order := Order.objects.select_related("brand", "radio").filter(pk=pk).first())
        and not (order.version == version and _send(order, code, by, to_book))
    ]


def _send(order: Order, code: str, by: User, to_book: bool) -> bool:
    if not order.open_for(by, CLAIM_LASTS):
        return False
    form = CodeForm({"code": code, "add_to_book": to_book}, order=order)
    if form.is_valid() and form.save(by=by):
        return True
    order.finish(opened_by=None)
    return False
