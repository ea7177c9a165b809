"""Staff in a chaos run: a user of the admin, signed in once, who may do everything."""

import re
import time

from orders.models import Attention, Order
from tests.chaos.browser import Browser, StuckError, Town
from tests.chaos.customer import Customer


class Staff:
    def __init__(self, town: Town, name: str, password: str) -> None:
        self.browser = Browser(town, "10.2.0.1")
        page = self.browser.get("/admin/login/").text
        answer = self.browser.send("/admin/login/", page, username=name, password=password)
        if not answer.is_redirect:
            raise StuckError("staff cannot sign in")

    def find(self, c: Customer) -> None:
        self._do(c, "desk/", "desk/", code=c.code, read_back=c.code)

    def end(self, c: Customer) -> None:
        self._do(c, "desk/", "desk/end/", is_sure="on")

    def settle(self, c: Customer) -> None:
        """What there is to settle; the page refuses what has changed since."""

        def settled() -> bool:
            attention = c.row().open_attentions.first()
            if attention:
                self._do(c, "change/", "settle/", attention=str(attention.pk), is_sure="on")
            return attention is not None and not Attention.open_rows().filter(pk=attention.pk)

        c.wait_until(settled, "staff settled it")

    def refund(self, c: Customer) -> None:
        """All that is left of what was taken."""
        action = "return-money/"
        page = self.browser.get(folder(c.row()) + action).text
        amounts = re.findall(r'name="amount"[^>]*value="([^"]+)"', page)
        if not amounts:
            raise StuckError("the admin offers nothing to return")
        answers = {"amount": amounts[0], "reason": "goodwill", "is_sure": "on"}
        self._do(c, action, action, **answers)

    def _do(self, c: Customer, look: str, act: str, **answers: str) -> None:
        """From the page as it is now, or from the next one where the order has changed since."""
        for _ in range(5):
            page = self.browser.get(folder(c.row()) + look).text
            c.acted()
            answer = self.browser.send(folder(c.row()) + act, page, **answers)
            if answer.is_redirect:
                return
            time.sleep(0.3)
        raise StuckError(f"{act} answered {answer.status_code}")


def folder(order: Order) -> str:
    return f"/admin/orders/order/{order.pk}/"
