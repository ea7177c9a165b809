"""What customers never read: our sources, how sure we are, and words no native would write."""

import html
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from guides.models import Guide, LegalText
from tests.steps.content import load_all, loaded

TEMPLATES = Path(settings.BASE_DIR) / "templates"
TO_STAFF = {"desk_alert", "desk_late", "hold_ends", "staff_alert", "answered"}
NEVER = [
    r"sources?", "weakly", "weak", "unconfirmed", "could not confirm", "anonymous",
    r"one (\w+ )?owner", r"one (weak )?report", "says (one|another|our)", "as sources differ",
    r"\[To be", "we know of no",
    # the left column of the list of copy
    "first look whether", "the code can be found from it", "on the usual units",
    "as it stands", r"stands? (on|in|beside|among)", r"(?<!keep in )(?<!your )mind\b",
    "all the same", "else on the label", "one button a digit",
    "(second, )?third and fourth digit with", "last read through", "beside the sentence",
    "must I", "lock is running", "we do not know (your|this) radio's buttons", "Who sells",
    "That is all that was left", "Take the one that fits", "If it does not take the code",
    "answer this mail", "how often", "look among", "looks by itself", "must not shine",
    "nothing is added to it", "when money comes back", "stands like this",
]  # fmt: skip
PATTERN = re.compile(rf"(?i)\b(?:{'|'.join(NEVER)})\b")
PARTS = re.compile(r"(?s)<script.*?</script>|<style.*?</style>|<[^>]+>")
TAGS = re.compile(r"(?s){%.*?%}|{#.*?#}|{{.*?}}|<[^>]+>")
TRANSLATED = re.compile(r"""{% translate (?:"([^"]*)"|'([^']*)')""")


def found(text: str) -> list[str]:
    """What is found, with the words around it."""
    plain = " ".join(html.unescape(text).split())
    return [plain[max(m.start() - 40, 0) : m.end() + 40] for m in PATTERN.finditer(plain)]


@pytest.mark.django_db
def test_no_page_speaks_of_sources_or_in_translated_words(client: Client) -> None:
    loaded(load_all)
    paths = ["/", *(guide.get_absolute_url() for guide in Guide.objects.all())]
    paths += [f"/{text.slug}/" for text in LegalText.objects.all()]
    pages = {path: client.get(path).content.decode() for path in paths}
    assert {
        path: hits for path, page in pages.items() if (hits := found(PARTS.sub(" ", page)))
    } == {}


def test_no_mail_and_no_page_of_an_order_does_either() -> None:
    hits = {}
    for file in [*(TEMPLATES / "emails").rglob("*.*"), *(TEMPLATES / "orders").rglob("*.html")]:
        text = file.read_text()
        words = [a or b for a, b in TRANSLATED.findall(text)]
        shown = " ".join([TAGS.sub(" ", text), *words])
        if file.parent.name not in TO_STAFF and (each := found(shown)):
            hits[str(file.relative_to(TEMPLATES))] = each
    assert hits == {}


def test_the_list_finds_what_it_names() -> None:
    for text in ("From one source.", "an anonymous page", "Mind the gap", "as it stands there"):
        assert found(text), text
