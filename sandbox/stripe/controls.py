"""What tests, demos and chaos runs may do that no shop could: the hand on the outside world."""

import copy
from dataclasses import replace
from typing import Any

from sandbox.stripe import checkout, deliveries, disputes, intents, payments, refunds, sessions
from sandbox.stripe.errors import Refused
from sandbox.stripe.expiry import expire_due
from sandbox.stripe.faults import CALLS, DELAYS, MODES, Fault, WebhookMode
from sandbox.stripe.ids import new_id
from sandbox.stripe.objects import Payer
from sandbox.stripe.store import Json
from sandbox.stripe.world import World

SECRETS = ("idempotency", "endpoint_secret", "plan", "paid_with")


class Controls:
    """Every public method is also `POST /_control/<name>` with its arguments as JSON.

    A `payment` is the id of a payment intent, a charge or a checkout session.
    """

    def __init__(self, world: World) -> None:
        self.world = world

    # The customer

    def pay(self, session: str, card: str = "4242424242424242", **payer: Any) -> Json:
        """Pay without the page; `method`, `email`, `name`, `country` may be given.

        A card that needs 3-D Secure stops at needs_authentication, as on the page; PayPal and the
        like do so with `at_once=False`.
        """
        at_once = bool(payer.pop("at_once", True))
        world = self.world
        with world.working():
            found = checkout.open_session(world, session)
            who = Payer(**{"number": card.replace(" ", ""), **payer})
            email = who.email or found["customer_email"] or "customer@example.com"
            outcome = checkout.pay(world, session, replace(who, email=email), at_once=at_once)
            return self._result(outcome, session)

    def authenticate(self, session: str, succeed: bool = True) -> Json:
        with self.world.working():
            outcome = checkout.authenticate(self.world, session, succeed=succeed)
            return self._result(outcome, session)

    def _result(self, outcome: str, session: str) -> Json:
        found = copy.deepcopy(self.world.need(sessions.KIND, session))
        error = checkout.last_error(self.world, session)
        return {"outcome": outcome, "error": error, "session": found}

    # Webhooks

    def webhooks(
        self,
        mode: str,
        count: int | None = None,
        seconds: float = 1.0,
        types: list[str] | None = None,
        version: str = "2020-08-27",
        about: str = "",
    ) -> Json:
        """normal, drop, double, delay, shuffle, wrong_secret or other_version, for new events.

        `about` is a value in a payment's metadata: events about this payment only.
        """
        if mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}")
        asked = WebhookMode(mode, count, seconds, tuple(types or ()), version)
        with self.world.working():
            if about:
                self.world.webhook_modes[about] = asked
            else:
                self.world.webhook_mode = asked
        return {"mode": mode}

    def redeliver(self, event: str) -> Json:
        with self.world.working():
            found = self.world.need("event", event)
            deliveries.queue_again(self.world.store, self.world.settings, found)
            self.world.notify_courier.set()
            return copy.deepcopy(found)

    # Faults of the API

    def fail(
        self,
        kind: str,
        method: str = "*",
        path: str = "*",
        times: int | None = 1,
        seconds: float = 30.0,
        about: str = "",
    ) -> Json:
        """500, 500_after, 502, 429, lost, down, slow, late or timeout; `path` may hold `*`."""
        with self.world.working():
            self.world.faults.add(Fault(kind, method.upper(), path, times, seconds, about))
        return {"kind": kind, "times": times}

    def delay(
        self,
        call: str,
        seconds: float,
        kind: str = "late",
        times: int | None = None,
        about: str = "",
    ) -> Json:
        """Answer a call such as `sessions.retrieve` later, each time until `heal` or for `times`.

        late: with the state as it was when asked; slow: with the state as it is by then. A fault
        of the same call happens besides.
        """
        if kind not in DELAYS:
            raise ValueError(f"kind must be one of {', '.join(DELAYS)}")
        if call not in CALLS:
            raise ValueError(f"call must be one of {', '.join(CALLS)}")
        with self.world.working():
            self.world.delays.add(Fault(kind, *CALLS[call], times, seconds, about))
        return {"call": call, "kind": kind, "seconds": seconds}

    def heal(self) -> Json:
        """Forget every fault, outcome and webhook mode that was asked for."""
        with self.world.working():
            self.world.faults.waiting.clear()
            self.world.delays.waiting.clear()
            self.world.outcomes.captures.clear()
            self.world.outcomes.refunds.clear()
            self.world.outcomes.refunds_of.clear()
            self.world.webhook_mode = WebhookMode()
            self.world.webhook_modes.clear()
        return {}

    def refuse_capture(self, times: int = 1, reason: str = "declined") -> Json:
        """The next captures fail; with the reason `expired` the authorization is gone as well."""
        if reason not in ("declined", "expired"):
            raise ValueError("reason must be declined or expired")
        with self.world.working():
            self.world.outcomes.captures += [reason] * times
        return {"times": times}

    def delay_capture(self, times: int = 1) -> Json:
        """The next captures are answered with `processing`; settle_delayed ends them."""
        with self.world.working():
            self.world.outcomes.captures += ["processing"] * times
        return {"times": times}

    def refund_outcome(self, outcome: str, times: int = 1, payment: str = "") -> Json:
        """For the next refunds, or those of one payment; failed means at once, others may still
        fail by settle_refund."""
        if outcome not in refunds.OUTCOMES:
            raise ValueError(f"outcome must be one of {', '.join(refunds.OUTCOMES)}")
        with self.world.working():
            outcomes = self.world.outcomes
            queued = outcomes.refunds
            if payment:
                queued = outcomes.refunds_of.setdefault(self._intent(payment)["id"], [])
            queued += [outcome] * times
        return {"outcome": outcome}

    # Banks

    def expire_authorization(self, payment: str) -> Json:
        with self.world.working():
            intent = self._intent(payment)
            if intent["status"] != "requires_capture":
                raise Refused("Only a held payment can lapse.")
            payments.expire_authorization(self.world, intent)
            return copy.deepcopy(intent)

    def settle_delayed(self, payment: str, succeed: bool = True) -> Json:
        with self.world.working():
            intent = self._intent(payment)
            payments.settle(self.world, intent, succeed=succeed)
            return copy.deepcopy(intent)

    def settle_refund(self, refund: str, outcome: str = "succeeded") -> Json:
        """A waiting refund arrives or is given up, or any refund fails, however late."""
        if outcome not in ("succeeded", "failed", "canceled"):
            raise ValueError("outcome must be succeeded, failed or canceled")
        with self.world.working():
            found = self.world.need("refund", refund)
            return copy.deepcopy(refunds.finish(self.world, found, outcome))

    def dispute(
        self,
        payment: str,
        reason: str = "fraudulent",
        amount: int | None = None,
        is_inquiry: bool = False,
    ) -> Json:
        with self.world.working():
            charge = self._charge(payment)
            return copy.deepcopy(
                disputes.open_dispute(self.world, charge, reason, amount, is_inquiry=is_inquiry)
            )

    def close_dispute(self, dispute: str, outcome: str = "lost") -> Json:
        """won or lost; an inquiry ends as warning_closed."""
        with self.world.working():
            found = self.world.need("dispute", dispute)
            return copy.deepcopy(disputes.close(self.world, found, outcome))

    def fraud_warning(self, payment: str) -> Json:
        with self.world.working():
            return copy.deepcopy(disputes.warn(self.world, self._charge(payment)))

    # Radar, which lets the shop's owner decide

    def review(self, payment: str) -> Json:
        """Put a charge into review. Stripe's schema here has no reviews: they are not validated."""
        with self.world.working():
            charge = self._charge(payment)
            review: Json = {
                "id": new_id("prv"), "object": "review", "charge": charge["id"],
                "closed_reason": None, "created": self.world.now(), "livemode": False,
                "open": True, "opened_reason": "rule", "payment_intent": charge["payment_intent"],
                "reason": "rule",
            }  # fmt: skip
            charge["review"] = review["id"]
            charge["outcome"] |= {"type": "manual_review", "risk_level": "elevated"}
            self.world.store.put("charge", charge)
            self.world.emit("review.opened", self.world.store.put("review", review))
            return copy.deepcopy(review)

    def close_review(self, review: str, outcome: str = "approved") -> Json:
        """approved; refunded and refunded_as_fraud refund the charge, or release it."""
        with self.world.working():
            found = self.world.need("review", review)
            if outcome.startswith("refunded"):
                intent = self._intent(found["charge"])
                if intent["status"] == "requires_capture":
                    intents.cancel(self.world, intent["id"], {})
                else:
                    refunds.create(self.world, "", {"charge": found["charge"]})
            found |= {"open": False, "closed_reason": outcome, "reason": outcome}
            self.world.emit("review.closed", self.world.store.put("review", found))
            return copy.deepcopy(found)

    # The shop's owner in the Dashboard

    def refund(self, payment: str, amount: int | None = None) -> Json:
        with self.world.working():
            params: Json = {"charge": self._charge(payment)["id"]}
            if amount is not None:
                params["amount"] = amount
            return copy.deepcopy(refunds.create(self.world, "", params))

    def refund_half(self, payment: str) -> Json:
        return self.refund(payment, self._charge(payment)["amount_captured"] // 2)

    def capture(self, payment: str, amount: int | None = None) -> Json:
        with self.world.working():
            params: Json = {} if amount is None else {"amount_to_capture": amount}
            intent = self._intent(payment)
            return copy.deepcopy(intents.capture(self.world, intent["id"], params))

    def expire(self, session: str) -> Json:
        with self.world.working():
            return copy.deepcopy(sessions.expire(self.world, session, {}))

    def send_evidence(self, dispute: str, text: str = "The code was shown.") -> Json:
        with self.world.working():
            params: Json = {"evidence": {"uncategorized_text": text}, "submit": True}
            return copy.deepcopy(disputes.update(self.world, dispute, params))

    def cancel(self, payment: str) -> Json:
        with self.world.working():
            intent = self._intent(payment)
            return copy.deepcopy(intents.cancel(self.world, intent["id"], {}))

    # The world

    def change(self, kind: str, id: str, fields: Json) -> Json:
        """Write over fields of an object, to see that the shop notices."""
        with self.world.working():
            item = self.world.need(kind, id)
            item |= fields
            return copy.deepcopy(self.world.store.put(kind, item))

    def emit(self, type: str, kind: str, id: str) -> Json:
        """Send an event about an object as it is now, whatever happened to it."""
        with self.world.working():
            return copy.deepcopy(self.world.emit(type, self.world.need(kind, id)))

    def advance_clock(
        self, seconds: int = 0, minutes: int = 0, hours: int = 0, days: int = 0
    ) -> Json:
        """Sessions, holds and idempotency keys end by this clock. It only goes forward."""
        with self.world.working():
            self.world.advance(seconds + 60 * minutes + 3600 * hours + 86400 * days)
            expire_due(self.world)
            return {"now": self.world.now()}

    def reset(self) -> Json:
        """Empty books, right clock, no faults. Addresses and keys stay."""
        with self.world.working():
            self.world.store.clear()
            self.world.violations.clear()
            self.world.misuses.clear()
            self.world.valid.clear()
            return self.heal()

    def books(self) -> dict[str, list[Json]]:
        """All objects by kind, oldest first, without keys and card numbers."""
        with self.world.lock:
            return {
                kind: copy.deepcopy(self.world.store.all(kind))
                for kind in self.world.store.kinds()
                if kind not in SECRETS
            }

    def _intent(self, payment: str) -> Json:
        store = self.world.store
        if plan := store.find("plan", payment):
            payment = plan["intent"] or ""
        if charge := store.find("charge", payment):
            payment = charge["payment_intent"]
        return self.world.need("payment_intent", payment)

    def _charge(self, payment: str) -> Json:
        found = self.world.store.find("charge", payment)
        return found or self.world.need("charge", self._intent(payment)["latest_charge"] or "")
