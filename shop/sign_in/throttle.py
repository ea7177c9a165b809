"""Nobody guesses a password, or a number of the second factor.

A try is counted before it is looked at, and given back when it was right, so that a hundred at once
are no way round. Counted by name and place together: whoever guesses from elsewhere keeps no
staff member out, and even from the same place there is another try within minutes. A place has so
many tries for all names. Tries for one name from many places lock nobody out, but staff are told.
"""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from orders.lib import crypto
from orders.lib.redis import FallbackStore, Store
from orders.models import Alert, tell_staff

QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)
memory = FallbackStore()


def seconds_until_next_try(step: str, name: str, network: str) -> float:
    """Counts one more try; 0: it may be looked at."""
    wait, is_noisy = memory.with_store(lambda store: _take(store, step, name, network))
    if wait or is_noisy:
        _tell_staff(name)
    return wait


def _take(store: Store, step: str, name: str, network: str) -> tuple[float, bool]:
    wait = store.take(_pair(step, name, network), settings.SIGN_IN_TRIES, QUARTER)
    wait = wait or store.take(
        f"sign-in:place:{_hash(network)}", settings.SIGN_IN_TRIES_PER_ADDRESS, HOUR
    )
    most = settings.SIGN_IN_TRIES_PER_ADDRESS
    return wait, store.take(f"sign-in:name:{_hash(name.casefold())}", most, HOUR) > 0


def was_right(step: str, name: str, network: str) -> None:
    memory.with_store(lambda store: store.delete(_pair(step, name, network)))


def _pair(step: str, name: str, network: str) -> str:
    return f"sign-in:{step}:{_hash(name.casefold())}:{_hash(network)}"


def _hash(text: str) -> str:
    return crypto.hash_value("sign-in", text)


def _tell_staff(name: str) -> None:
    """Of names that somebody has: what is tried on every site in the world tells nothing."""
    user = get_user_model().objects.filter(username__iexact=name, is_staff=True).first()
    if user is None:
        return
    words = _(
        "Many tries to sign in as %s were wrong. The next ones from there are put off, nobody is "
        "locked out. If it was not they who mistyped, have them change their password, and see "
        "that they have a second factor."
    )
    tell_staff(Alert.Kind.SIGN_IN, f"sign-in:{user.pk}", words % user.get_username())


def unlock(name: str) -> None:
    """Delete the tries for this name, of every client network. Raises RedisUnavailableError.

    Without Redis they are in the memory of each web process, until it restarts.
    """
    memory.with_redis(lambda store: store.delete_matching(f"sign-in:*:{_hash(name.casefold())}*"))
