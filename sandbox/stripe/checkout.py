"""What happens when the customer presses Pay."""

from sandbox.stripe import payments, tax
from sandbox.stripe.cards import find_card
from sandbox.stripe.errors import Refused
from sandbox.stripe.expiry import expire_due
from sandbox.stripe.methods import METHODS
from sandbox.stripe.objects import Payer, customer_details
from sandbox.stripe.store import Json
from sandbox.stripe.world import World

KIND = "checkout.session"
PAID, DECLINED, NEEDS_AUTHENTICATION = "paid", "declined", "needs_authentication"


def open_session(world: World, session_id: str) -> Json:
    expire_due(world)
    session = world.need(KIND, session_id, "session")
    if session["status"] != "open":
        raise Refused(f"This Checkout Session has a status of `{session['status']}`.")
    return session


def pay(world: World, session_id: str, payer: Payer, *, at_once: bool = False) -> str:
    """One try: paid (taken, held or on its way), declined, or stopped for authentication.

    `at_once` agrees for the customer on pages like PayPal's, though not on a bank's.
    """
    session = open_session(world, session_id)
    if payer.method not in session["payment_method_types"]:
        raise Refused(f"{payer.method} is not offered in this session.")
    intent = payments.intent_for(world, session)
    card = find_card(payer.number)
    by_card = payer.method == "card"
    if by_card and card.refusal:
        payments.decline(world, intent, payer, card.refusal)
        return DECLINED
    if card.needs_3ds if by_card else METHODS[payer.method].elsewhere and not at_once:
        _set_pending(world, session_id, payer)
        payments.ask_for_authentication(world, intent)
        return NEEDS_AUTHENTICATION
    _complete(world, session, intent, payer, authenticated=False)
    return PAID


def authenticate(world: World, session_id: str, *, succeed: bool) -> str:
    """The customer's answer to the bank's 3-D Secure page."""
    session = open_session(world, session_id)
    payer = pending_payer(world, session_id)
    if payer is None:
        raise Refused("No payment is waiting for authentication.")
    _set_pending(world, session_id, None)
    intent = payments.intent_for(world, session)
    if not succeed:
        payments.fail_authentication(world, intent, payer)
        return DECLINED
    _complete(world, session, intent, payer, authenticated=payer.method == "card")
    return PAID


def pending_payer(world: World, session_id: str) -> Payer | None:
    pending = world.need("plan", session_id)["pending"]
    return Payer(**pending) if pending else None


def _set_pending(world: World, session_id: str, payer: Payer | None) -> None:
    plan = world.need("plan", session_id)
    plan["pending"] = payer.as_json() if payer else None
    world.store.put("plan", plan)


def _complete(
    world: World, session: Json, intent: Json, payer: Payer, *, authenticated: bool
) -> None:
    plan = world.need("plan", session["id"])
    tax.apply(session, plan["line_items"], payer.country)
    payments.accept(world, intent, payer, authenticated=authenticated)
    session |= {
        "status": "complete",
        "url": None,
        "payment_intent": intent["id"],
        "payment_status": "paid" if intent["status"] == "succeeded" else "unpaid",
        "customer_details": customer_details(payer),
    }
    wanted = (session["consent_collection"] or {}).get("terms_of_service")
    if wanted == "required":
        accepted = "accepted" if payer.agreed else None
        session["consent"] = {"promotions": None, "terms_of_service": accepted}
    world.store.put(KIND, session)
    world.emit("checkout.session.completed", session)


def last_error(world: World, session_id: str) -> str | None:
    """Why the last try failed, in words for the customer."""
    plan = world.need("plan", session_id)
    intent = world.store.find("payment_intent", plan["intent"])
    error = intent["last_payment_error"] if intent else None
    return str(error["message"]) if error else None


def success_address(session: Json) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])
