"""All that happens in a shop, in good weather and bad, to people who are made up.

Web, worker and beat run as processes; visitors use the pages that everybody uses.
"""

import base64
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
from django.contrib.auth.models import User
from django.db import connection

from orders.models import Attempt, Email, Mail, Order, Payment, Status
from orders.money import number_text
from sandbox.inbox import Inbox
from sandbox.stripe import StripeStandIn
from sandbox.supplier import SupplierStandIn
from tests.steps.factories import (
    make_code_book_entry,
    make_fallback_radio,
    make_part_number,
    make_radio,
    make_supplied_radio,
)
from tests.steps.leaks import found_in
from tests.steps.photos import jpeg
from tests.steps.postmark import bounce
from tests.steps.processes import Shop, wait_until
from tests.steps.visitor import Visitor

KEYS = {
    "SECRET_KEY": "signing-key-of-the-leak-test-vuQ8cLx2mPz7",
    "STRIPE_SECRET_KEY": "sk_test_leak51Jx9Qw3Rt7Yk",
    "STRIPE_WEBHOOK_SECRET": "whsec_leakHq4Zn8Vb2Md6",
    "PELOCK_API_KEY": "LEAK-K3YQ-W7XN-P2VB",
    "CODE_KEYS": base64.urlsafe_b64encode(b"leak-code-key-of-thirty-two-byte").decode(),
    "HASH_KEYS": "leak-hash-key-hT5nW9sKq3xZ7vB1mD4g",
    "MAIL_WEBHOOK_SECRET": "provider:leak-bounce-password-Uy8Ns4",
    "ANYMAIL_POSTMARK_SERVER_TOKEN": "leak-postmark-token-Ge3Pw9",
}
MAIL_PASSWORD = "leak-smtp-password-Jf6Rk2"
TYPED = {
    "staff password": "leak-staff-password-Xo5Tb7",
    "mistyped password": "leak-mistyped-password-Ic2Wm6",
    "forged event": "leak-forged-event-Av9Ld1",
    "forged signature": "leak-forged-signature-Sk4Eh8",
    "wrong token": "leakWrongTokenFr3Yu7Bn1Xq5",
    "answer": "The leaking sticker reads Oz6Cj2Hd8",
    "photo": "leaking-photo-Mv1Ks5.jpg",
    "desk code": "DESKLEAKCQ",
    "searched serial": "BP555512349876",
    "searched mail": "searched.leak+radio@customers.example",
}
IN_BOOK = ("book", "returned", "bounced", "refused")
AT_DESK = ("desk", "withdrawn")
SUPPLIED = ("stuck", "garbage", "supplier")
SERIALS = {
    **{way: f"BP731{n}26488{n}51" for n, way in enumerate([*IN_BOOK, *AT_DESK, "broken"])},
    **{way: f"K{n}LEAKQ7ZX4192" for n, way in enumerate(SUPPLIED)},
}
MAILS = {way: f"{way}.leak+radio@customers.example" for way in SERIALS}
PATIENCE = 90  # seconds; the worker has much to do
ACCEPTED, REFUSED = "4242424242424242", "4000000000006660"  # the second when money is taken
# as a careless browser, or a guess, might send them
BEHIND = f"?email={TYPED['searched mail']}&serial={TYPED['searched serial']}"


class Town:
    """The shop's processes, those it talks to, and who comes by."""

    def __init__(self, shop: Shop, stripe: StripeStandIn, supplier: SupplierStandIn) -> None:
        self.shop, self.stripe, self.supplier = shop, stripe, supplier
        self.customer, self.staff = Visitor(shop.url), Visitor(shop.url)
        self.sessions: dict[str, str] = {}

    def order(self, way: str) -> None:
        brand = "renault-dacia" if way in SUPPLIED else "nissan"
        answer = self.customer.order(brand, SERIALS[way], MAILS[way])
        assert answer.status_code == 303, answer.text
        self.sessions[way] = answer.headers["Location"].rsplit("/", 1)[1]
        self.stripe.pay(self.sessions[way], REFUSED if way == "refused" else ACCEPTED)

    def page_of(self, way: str) -> str:
        return Order.objects.get(email=MAILS[way]).secret_link()

    def wait_for(self, way: str, *statuses: str) -> None:
        rows = Order.objects.filter(email=MAILS[way], status__in=statuses)
        wait_until(rows.exists, seconds=PATIENCE, what=f"{way} is {statuses}")


def fill_the_shop() -> None:
    make_radio(code_pattern="^[A-Z]{10}$", code_shape="ten letters")
    make_fallback_radio()
    make_part_number()
    for way in IN_BOOK:
        make_code_book_entry(SERIALS[way], f"{way.upper()}LEAKQZ"[:10])
    make_supplied_radio(
        pattern=r"^K\dLEAK[A-Z0-9]{8}$", length=14, example=SERIALS["supplier"],
        supplier_model="jeep-cherokee",
    )  # fmt: skip
    User.objects.create_superuser("vera", password=TYPED["staff password"])


@contextmanager
def refusing(way: str) -> Iterator[None]:
    """The database refuses every write of this customer's order, and says what stands in it."""
    with connection.cursor() as cursor:
        refuse = "ALTER TABLE orders_order ADD CONSTRAINT {} CHECK (email <> %s) NOT VALID"
        cursor.execute(refuse.format(way), [MAILS[way]])
        try:
            yield
        finally:
            cursor.execute(f"ALTER TABLE orders_order DROP CONSTRAINT {way}")


# ------------------------------------------------------------------ what happens
def orders_and_payments(town: Town) -> None:
    for way in (*IN_BOOK, *AT_DESK, "stuck"):
        town.order(way)
    book = town.sessions["book"]
    back = f"/orders/return/{Payment.objects.get(session_id=book).uuid}/"
    assert town.customer.get(back, params={"session_id": book}).is_redirect
    asked = Attempt.objects.filter(order__email=MAILS["stuck"], source="supplier")
    wait_until(asked.exists, seconds=PATIENCE, what="the supplier has been asked in vain")


def wrong_guesses(town: Town) -> None:
    number, token = town.page_of("book").strip("/").split("/")[1:]
    customer, wrong = town.customer, TYPED["wrong token"]
    for address in (
        f"/orders/{number}/{wrong}/", f"/orders/{number}/{wrong}/status/{BEHIND}",
        f"/orders/RC-AAAA-AAAA/{token}/", f"/Orders/{number}/{token}/",
        f"/orders//{number}//{token}/", f"/{number}/{token}/",
        f"/search/?q={TYPED['searched serial']}", f"/order/nissan/{BEHIND}", f"/nothing/{BEHIND}",
        f"/admin/orders/order/?q={TYPED['searched mail']}",
    ):  # fmt: skip
        customer.get(address)
    customer.client.post("/start/", data={"q": TYPED["searched serial"]})
    customer.client.post("/order/nissan/serial/", data={"serial": TYPED["searched serial"]})
    customer.send("/orders/find/", number=number, email=MAILS["book"])
    customer.send("/orders/find/", number=number, email=TYPED["searched mail"])
    # no cookie, and a page that says where it came from
    came_from = {"Referer": town.shop.url + f"/orders/{number}/{token}/{BEHIND}"}
    assert httpx.post(f"{town.shop.url}/orders/find/", headers=came_from).status_code == 403
    for line in (
        f"GET /orders/{number}/{token}/{BEHIND} HTP/7",
        f"GE(T /orders/x/{token}/{BEHIND}",
    ):
        with socket.create_connection(("localhost", town.shop.port)) as raw:
            raw.sendall(f"{line}\r\nHost: localhost\r\n\r\n".encode())
            assert b" 400 " in raw.recv(100)


def forged_events(town: Town) -> None:
    event = {"id": TYPED["forged event"], "object": "event", "email": MAILS["book"]}
    signature = {"Stripe-Signature": f"t=1,v1={TYPED['forged signature']}"}
    url = town.shop.url
    assert httpx.post(f"{url}/stripe/webhook/", json=event, headers=signature).status_code == 400
    address, mail = f"{url}/mail/webhook/postmark/", Email.objects.filter(mail=Mail.YOUR_CODE)
    sent = {"MessageID": "none", "To": MAILS["book"], "From": "shop@encore.example"}
    sent["Metadata"] = {"mail": mail.get(order__email=MAILS["book"]).reference}  # type: ignore[assignment]
    assert httpx.post(address, json=bounce(sent)).status_code == 400
    known = tuple(KEYS["MAIL_WEBHOOK_SECRET"].split(":"))
    assert httpx.post(address, json=bounce(sent), auth=known).status_code == 200  # type: ignore[arg-type]


def faults_of_ours(town: Town) -> None:
    """The shop's own pages for them say nothing of what was asked."""
    with refusing("broken"):
        answers = [town.customer.order("nissan", SERIALS["broken"], MAILS["broken"])]
    answers.append(town.customer.send(town.page_of("stuck") + "withdraw/"))
    for answer in answers:
        assert answer.status_code == 500
        assert found_in(answer.text, SERIALS | MAILS) == []


def work_at_the_desk(town: Town) -> None:
    staff = town.staff
    address = "/admin/login/"
    assert staff.send(address, username="vera", password=TYPED["mistyped password"]).is_success
    assert staff.send(address, username="vera", password=TYPED["staff password"]).is_redirect
    staff.get("/admin/orders/order/", params={"q": MAILS["desk"]})
    desk = f"/admin/orders/order/{Order.objects.get(email=MAILS['desk']).pk}/desk/"
    assert staff.send(f"{desk}ask/", desk, words="Which sticker is on it?").is_redirect
    answered = town.customer.send(
        town.page_of("desk") + "answer/", text=TYPED["answer"],
        files={"photo": (TYPED["photo"], jpeg(), "image/jpeg")},
    )  # fmt: skip
    assert answered.is_redirect
    code = TYPED["desk code"]
    assert staff.send(desk, code=code, read_back=code).is_redirect
    town.wait_for("desk", Status.DELIVERED)


def looks_and_refunds(town: Town) -> None:
    book = Order.objects.get(email=MAILS["book"])
    folder = f"/admin/orders/order/{book.pk}/"
    shown = town.staff.send(f"{folder}code/", f"{folder}change/")
    assert book.current_code and book.current_code.digits in shown.text
    for part in ("", "status/", "receipt/", "receipt.pdf"):
        assert town.customer.get(town.page_of("book") + part).is_success
    returned = Order.objects.get(email=MAILS["returned"])
    address = f"/admin/orders/order/{returned.pk}/return-money/"
    amount = number_text(returned.price, returned.currency)
    assert town.staff.send(address, amount=amount, reason="goodwill", is_sure="on").is_redirect
    town.wait_for("returned", Status.REFUNDED)
    assert town.customer.send(town.page_of("withdrawn") + "withdraw/").is_redirect
    town.wait_for("withdrawn", Status.RELEASED)


def start(shop: Shop) -> None:
    """All at once, as that takes long. Web hears of bounces from a provider, and sends nothing."""
    provider = {"EMAIL_PROVIDER": "postmark", "EMAIL_URL": ""}
    with ThreadPoolExecutor(3) as threads:
        for started in (
            threads.submit(shop.start_web, **provider),
            threads.submit(shop.start_worker),
            threads.submit(shop.start_beat),
        ):
            started.result()


def all_that_happens(town: Town, inbox: Inbox) -> None:
    inbox.fail("5xx", to=MAILS["bounced"], times=None)
    town.supplier.fail("500", command="calc", times=None)
    start(town.shop)
    orders_and_payments(town)
    with refusing("stuck"):
        faults_of_ours(town)
        town.supplier.heal()
        town.supplier.fail("wrong_alphabet", command="calc", times=None)
        town.order("garbage")
        town.wait_for("garbage", Status.WITH_STAFF)
        town.supplier.heal()
        town.order("supplier")
        for way in ("book", "returned", "supplier"):
            town.wait_for(way, Status.DELIVERED)
        town.wait_for("bounced", Status.READY)
        town.wait_for("refused", Status.PAYMENT_DUE)
        wrong_guesses(town)
        forged_events(town)
        work_at_the_desk(town)
        looks_and_refunds(town)
