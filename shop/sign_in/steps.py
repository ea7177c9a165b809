"""What a session knows between the two steps of the sign-in, and after them."""

import time

from django.conf import settings
from django.contrib.auth import get_user_model, login, logout
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin

from orders.lib.log_context import add_log_fields
from shop.sign_in.attempts import log_sign_in

HALF_WAY = "half_way"  # the user whose password was right, and whose second factor is missing
HALF_WAY_LASTS = 10 * 60  # seconds
SECOND_FACTOR = "second_factor"
SEEN = "seen"
SEEN_EVERY = 60  # seconds; each time the session is stored


def begin_second_step(request: HttpRequest, user: User, then: str) -> None:
    """Remember the user. The admin stays closed: they are not signed in yet."""
    request.session.flush()
    request.session[HALF_WAY] = {
        "user": user.pk,
        "knows": user.get_session_auth_hash(),  # changes with the password
        "until": time.time() + HALF_WAY_LASTS,
        "then": then,
    }


def user_at_second_step(request: HttpRequest) -> User | None:
    at = request.session.get(HALF_WAY)
    if not at or time.time() > at["until"]:
        return None
    user = get_user_model().objects.filter(pk=at["user"], is_active=True, is_staff=True).first()
    return user if user and user.get_session_auth_hash() == at["knows"] else None


def finish_sign_in(request: HttpRequest, user: User, factor: str) -> str:
    """Sign in under a new session key, and return the path of the next page."""
    then = request.session.pop(HALF_WAY, {}).get("then", "")
    login(request, user, "django.contrib.auth.backends.ModelBackend")
    add_log_fields(user=str(user.pk))
    log_sign_in(factor, "signed in", user.get_username())
    request.session[SEEN] = time.time()
    if factor != "password":
        request.session[SECOND_FACTOR] = True
    return str(then)


def note_second_factor(request: HttpRequest) -> None:
    """For a user who signed in without one, and set it up since."""
    request.session.cycle_key()
    request.session[SECOND_FACTOR] = True


class StaffSessionMiddleware(MiddlewareMixin):
    """Signs out sessions without a second factor once it is required, and keeps sessions alive.

    SESSION_COOKIE_AGE counts from the last time that a session was stored. Pages that poll by htmx
    do not keep it alive."""

    def process_request(self, request: HttpRequest) -> None:
        is_admin = request.path_info.startswith(f"/{settings.ADMIN_PATH}/")
        if not is_admin or not request.user.is_authenticated:
            return
        add_log_fields(user=str(request.user.pk))
        now = time.time()
        if settings.REQUIRE_SECOND_FACTOR and not request.session.get(SECOND_FACTOR):
            logout(request)
        elif (
            "HX-Request" not in request.headers and now - request.session.get(SEEN, 0) > SEEN_EVERY
        ):
            request.session[SEEN] = now
