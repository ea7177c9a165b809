"""Between the two steps of signing in, and after them: what a session knows."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import get_user_model, login, logout
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponseBase

from orders.lib.log_context import add_log_fields
from shop.sign_in.attempts import log_sign_in

HALF_WAY = "half_way"  # who has shown a password, and must show a second factor
HALF_WAY_LASTS = 10 * 60  # seconds
SECOND_FACTOR = "second_factor"
SEEN = "seen"
SEEN_EVERY = 60  # seconds; each time it is written down is one row more to store


def stop_half_way(request: HttpRequest, user: User, then: str) -> None:
    """Nobody is signed in yet: no page of the admin opens for this session."""
    request.session.flush()
    request.session[HALF_WAY] = {
        "user": user.pk,
        "knows": user.get_session_auth_hash(),  # changes with the password
        "until": time.time() + HALF_WAY_LASTS,
        "then": then,
    }


def who_is_half_way(request: HttpRequest) -> User | None:
    at = request.session.get(HALF_WAY)
    if not at or time.time() > at["until"]:
        return None
    user = get_user_model().objects.filter(pk=at["user"], is_active=True, is_staff=True).first()
    return user if user and user.get_session_auth_hash() == at["knows"] else None


def arrive(request: HttpRequest, user: User, factor: str) -> str:
    """Signs in, under a new session key. Returns where to go."""
    then = request.session.pop(HALF_WAY, {}).get("then", "")
    login(request, user, "django.contrib.auth.backends.ModelBackend")
    log_sign_in(factor, "signed in", user.get_username())
    request.session[SEEN] = time.time()
    if factor != "password":
        request.session[SECOND_FACTOR] = True
    return str(then)


def show_second_factor(request: HttpRequest) -> None:
    """By who was signed in without."""
    request.session.cycle_key()
    request.session[SECOND_FACTOR] = True


class StaffSessionMiddleware:
    """Ends what was begun without a second factor, once that is required; and keeps a session as
    long as somebody uses it: SESSION_COOKIE_AGE runs from the last time that it was stored."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_staffs = request.path_info.startswith(f"/{settings.ADMIN_PATH}/")
        if is_staffs and request.user.is_authenticated:
            add_log_fields(user=str(request.user.pk))
            if settings.REQUIRE_SECOND_FACTOR and not request.session.get(SECOND_FACTOR):
                logout(request)
            elif self.is_person(request):
                self.remember(request)
        return self.get_response(request)

    def is_person(self, request: HttpRequest) -> bool:
        """A page left open asks for its news by itself."""
        return "HX-Request" not in request.headers

    def remember(self, request: HttpRequest) -> None:
        now = time.time()
        if now - request.session.get(SEEN, 0) > SEEN_EVERY:
            request.session[SEEN] = now
