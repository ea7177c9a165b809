"""Two staff at one desk, by keyboard."""

from datetime import timedelta

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from orders.models import Order, Radio
from tests.steps.browser import DESKTOP, opened
from tests.steps.factories import make_order, make_payment
from tests.steps.processes import Shop

LIST = "/admin/orders/order/desk/"


def at_the_list(page: Page, name: str) -> None:
    hashed = PBKDF2PasswordHasher().encode("secret", "salt")
    User.objects.create(username=name, password=hashed, is_staff=True, is_superuser=True)
    page.goto(f"/admin/login/?next={LIST}")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill("secret")
    page.locator("form [type=submit]").click()
    page.wait_for_url(f"**{LIST}")


def opens_next(page: Page) -> str:
    page.get_by_role("link", name="Open the next order").click()
    expect(page.locator("[name=code]:focus")).to_be_visible()
    return page.title().split()[0]


def test_two_staff_serve_one_desk_and_many_orders_at_once(browser: Browser, shop: Shop) -> None:
    radio = Radio.objects.get(brand__slug="nissan", key="blaupunkt-bp")
    for hours in range(1, 5):
        ends = timezone.now() + timedelta(hours=hours)
        order = make_order(
            radio=radio, serial=f"BP12345678900{hours}", status="with_staff", deadline_at=ends
        )
        make_payment(order, status="held")
    orders = list(Order.objects.order_by("deadline_at"))
    with opened(browser, shop, **DESKTOP) as vera, opened(browser, shop, **DESKTOP) as paul:
        at_the_list(vera, "vera")
        at_the_list(paul, "paul")
        assert opens_next(vera) == orders[0].number
        assert opens_next(paul) == orders[1].number
        expect(vera.get_by_text("Yours while this page is open")).to_be_visible()
        vera.keyboard.type("4711")
        vera.keyboard.press("Enter")
        expect(vera.get_by_role("heading", name="Send 4-7-1-1")).to_be_visible()
        vera.keyboard.press("Enter")
        expect(vera.locator("[name=code]:focus")).to_be_visible()
        assert vera.title().startswith(orders[2].number)  # paul has the second one
        vera.goto(LIST)
        expect(vera.get_by_role("row", name=orders[1].number)).to_contain_text("paul until")
        vera.get_by_role("link", name="Many at once").click()
        lines = "\n".join(f"{order.serial} 400{n}" for n, order in enumerate(orders))
        vera.get_by_label("Serials and codes").fill(lines)
        vera.get_by_role("button", name="Preview").click()
        expect(vera.get_by_text("paul has this order open")).to_be_visible()
        expect(vera.get_by_text("No order waits for this serial")).to_be_visible()
        vera.get_by_role("button", name="Send 2 codes").click()
        expect(vera.get_by_text("2 codes are stored")).to_be_visible()
        assert paul.title().startswith(orders[1].number)
    assert {each.current_code.digits for each in orders if each.current_code} == {
        "4711", "4002", "4003",
    }  # fmt: skip
