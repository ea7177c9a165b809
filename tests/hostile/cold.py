"""Public pages asked for with malformed cookies and more, each by a process that has kept none."""

from random import Random

from guides.page_cache import place_of
from tests.hostile.attacks import Attack
from tests.hostile.nasty import HEADERS, QUERY, VALUES

CHARACTERS = 'abcXYZ019_-"\\;=, \t%éÿ\x01\x7f'
NAMES = ["csrftoken", "sessionid", "messages", "last_order", "a", "", "__Host-x"]
MEANT = {"Host", "Accept-Encoding", "If-None-Match", "If-Modified-Since"}
PUBLIC = ["/", "/acme/", "/acme/roadster/", "/terms/", "/privacy/", "/contact/", "/card.png",
          "/robots.txt", "/sitemap.xml", "/.well-known/security.txt"]  # fmt: skip


def empty_cache() -> None:
    place_of.cache_clear()


def cookie(rng: Random) -> str:
    """Some cookies, each of a length at which Django looks closer, or of none."""
    if rng.random() < 0.3:
        return rng.choice(HEADERS["Cookie"])
    pairs = []
    for _ in range(rng.choice([1, 1, 2, 5])):
        length = rng.choice([0, 1, 31, 32, 33, 64, 65, 4000])
        value = "".join(rng.choice(CHARACTERS) for _ in range(length))
        pairs.append(rng.choice(NAMES) + rng.choice(["=", "=", "=", "", " = "]) + value)
    return rng.choice(["; ", ";", ",", ";;"]).join(pairs)


def cold(seed: str, number: int) -> Attack:
    rng = Random(f"{seed}/{number}/cold")
    headers = {"Cookie": cookie(rng)}
    for name in rng.sample(sorted(HEADERS.keys() - MEANT - {"Cookie"}), rng.choice([0, 0, 1, 3])):
        headers[name] = rng.choice(HEADERS[name])
    headers.pop("Content-Type", None)
    query = f"{rng.choice(QUERY)}={rng.choice(['1', '%00', '%ff', '&&', 'a' * 3000])}"
    query = rng.choice(["", query, f"x={len(rng.choice(VALUES))}"])
    return Attack(number, rng.choice(["GET"] * 5 + ["HEAD"]), PUBLIC[number % len(PUBLIC)],
                  query, headers)  # fmt: skip
