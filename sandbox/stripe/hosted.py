"""The hosted payment page, as the shop's customer sees it."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request

from sandbox.stripe import checkout, payform
from sandbox.stripe.cards import CARDS, grouped
from sandbox.stripe.errors import Refused
from sandbox.stripe.expiry import expire_due
from sandbox.stripe.methods import METHODS
from sandbox.stripe.store import Json
from sandbox.stripe.world import World


def blueprint(world: World) -> Blueprint:
    pages = Blueprint("hosted", __name__)

    @pages.get("/c/pay/<session_id>")
    def show(session_id: str) -> Response:
        with world.working():
            session = _find(world, session_id)
            if session is None or session["status"] != "open":
                return _ended(session)
            return _form(world, session, payform.first_values(session))

    @pages.post("/c/pay/<session_id>")
    def pay(session_id: str) -> Response:
        with world.working():
            session = _find(world, session_id)
            if session is None or session["status"] != "open":
                return _ended(session)
            return _try(world, session)

    @pages.get("/c/pay/<session_id>/authenticate")
    def bank(session_id: str) -> Response:
        with world.working():
            session = _find(world, session_id)
            if session is None or session["status"] != "open":
                return _ended(session)
            if (payer := checkout.pending_payer(world, session_id)) is None:
                return _go(f"/c/pay/{session_id}")
            return _page("bank.html", session=session, payer=payer, method=METHODS[payer.method])

    @pages.post("/c/pay/<session_id>/authenticate")
    def answer_bank(session_id: str) -> Response:
        with world.working():
            session = _find(world, session_id)
            if session is None or session["status"] != "open":
                return _ended(session)
            if (payer := checkout.pending_payer(world, session_id)) is None:
                return _go(f"/c/pay/{session_id}")
            succeed = request.form.get("answer") == "complete"
            if checkout.authenticate(world, session_id, succeed=succeed) == checkout.PAID:
                return _go(checkout.success_address(session))
            values = payform.first_values(session)
            values |= {"email": payer.email or "", "name": payer.name or ""}
            values["method"] = payer.method
            return _form(world, session, values, problem=checkout.last_error(world, session_id))

    return pages


def _find(world: World, session_id: str) -> Json | None:
    expire_due(world)
    return world.store.find(checkout.KIND, session_id)


def _try(world: World, session: Json) -> Response:
    typed = payform.typed_values(session, request.form)
    found = payform.mistakes(session, typed, datetime.now(UTC).date())
    if found:
        return _form(world, session, typed, mistakes=found, status=422)
    try:
        outcome = checkout.pay(world, session["id"], payform.payer_from(typed))
    except Refused as refused:
        return _form(world, session, typed, problem=str(refused), status=422)
    if outcome == checkout.PAID:
        return _go(checkout.success_address(session))
    if outcome == checkout.NEEDS_AUTHENTICATION:
        return _go(f"/c/pay/{session['id']}/authenticate")
    problem = checkout.last_error(world, session["id"])
    return _form(world, session, typed, problem=problem, status=402)


def _form(
    world: World,
    session: Json,
    values: dict[str, str],
    *,
    mistakes: dict[str, str] | None = None,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    plan = world.need("plan", session["id"])
    return _page(
        "pay.html",
        status,
        session=session,
        items=plan["line_items"],
        products=[i.get("price_data", {}) for i in plan["params"]["line_items"]],
        values=values,
        mistakes=mistakes or {},
        problem=problem,
        methods={kind: METHODS[kind] for kind in session["payment_method_types"]},
        countries=payform.COUNTRIES,
        must_agree=payform.must_agree(session),
        cards=[(grouped(card.number), card.about) for card in CARDS if card.listed],
    )


def _ended(session: Json | None) -> Response:
    if session is None:
        return _page("ended.html", 404, state="unknown", back=None)
    if session["status"] == "complete":
        return _page("ended.html", state="complete", back=checkout.success_address(session))
    return _page("ended.html", state="expired", back=session["cancel_url"])


def _page(template: str, status: int = 200, **context: Any) -> Response:
    return make_response(render_template(template, **context), status)


def _go(address: str) -> Response:
    return make_response(redirect(address, 303))
