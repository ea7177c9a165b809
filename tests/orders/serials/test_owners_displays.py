"""What owners saw on the display, or asked of a guide: the answer that they get."""

from html import unescape
from pathlib import Path

import pytest
import yaml
from django.test import Client

from guides.display import ANSWERS
from guides.loading.guides import CONTENT
from guides.models import Shows
from orders.models import Order, Radio
from tests.steps import content
from tests.steps.order_form import answers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def open_shop() -> None:
    content.loaded(content.load_all)


def text(client: Client, address: str) -> str:
    return " ".join(unescape(client.get(address).content.decode()).split())


# display, brand, what the form offers for it, a serial of the brand, whether a code is sold
DISPLAYS = [
    ("Incorrect PIN entered too many times (Nissan Connect)", "nissan", "final", "0376421", False),
    ("CANCHECK that stays (Fiat)", "fiat", "unpaired", "BP331857206924", False),
    ("RADIO SAFE (Opel)", "vauxhall-opel", "unpaired", "GM020317618699", False),
    ("10 SAFE (Vauxhall)", "vauxhall-opel", "safe", "GM020317618699", True),
    ("SAFE (Audi)", "audi", "safe", "AUZ1Z3H8969738", True),
]


@pytest.mark.parametrize(
    ("brand", "shows", "serial", "is_sold"), [row[1:] for row in DISPLAYS],
    ids=[row[0] for row in DISPLAYS],
)  # fmt: skip
def test_a_display_is_answered_and_sold_for_only_where_a_code_helps(
    client: Client, brand: str, shows: str, serial: str, is_sold: bool
) -> None:
    assert f'value="{shows}"' in text(client, f"/order/{brand}/")
    sent = answers(
        serial=serial, shows=shows, car_model=None, device_number="7612830042",
        date_on_screen="12.05.2011",
    )  # fmt: skip
    response = client.post(f"/order/{brand}/", sent)
    assert ("shows" in response.context["form"].errors if response.context else False) != is_sold
    assert Order.objects.exists() == is_sold


# brand, words of the title, what the form offers for it, whether a code helps
STATES: dict[str, list[tuple[str, str, str]]] = yaml.safe_load(
    (Path(__file__).parent / "owners_cases.yaml").read_text()
)["displays"]


def test_each_brand_answers_the_states_that_the_facts_name(client: Client) -> None:
    assert STATES.keys() == {file.stem for file in CONTENT.glob("*.yaml")}
    wrong = []
    for slug, states in STATES.items():
        guide = text(client, f"/{slug}/")
        form = text(client, f"/order/{slug}/")
        is_sold = Radio.objects.filter(brand__slug=slug, is_on_sale=True).exists()
        for words, shows, code_helps in states:
            answer = guide.partition(f'id="shows-{shows}"')[2].partition('id="shows-')[0]
            if words not in answer:
                wrong.append(f"{slug}: the guide has no {words}")
            if not is_sold:
                continue
            if f'value="{shows}"' not in form:
                wrong.append(f"{slug}: the form does not offer {words}")
            advice = client.post(f"/order/{slug}/serial/", {"shows": shows}).context["advice"]
            if (words in advice.title, advice.code_helps) != (True, code_helps):
                wrong.append(f"{slug}: the form says {advice.title}, {advice.code_helps}")
            if code_helps == "no":
                sent = client.post(f"/order/{slug}/", answers(serial="", shows=shows))
                if "shows" not in sent.context["form"].errors:
                    wrong.append(f"{slug}: {words} is sold for")
    assert not wrong, "\n".join(wrong)


def test_whatever_a_form_offers_is_answered_in_place(client: Client) -> None:
    """Where its guide has nothing of its own to say, by what is true of any radio."""
    assert ANSWERS.keys() == set(Shows) - {Shows.OTHER}
    for slug, shows in (("ford", "error"), ("another-make", "safe"), ("another-make", "final")):
        page = client.post(f"/order/{slug}/serial/", {"shows": shows}).content.decode()
        assert str(ANSWERS[shows].answer) in unescape(page), (slug, shows)


# what was asked, where, what the page says
GUIDES = [
    ("4500 RDS, cannot remove the radio", "/ford/", "hold 6 and press 2"),
    ("a code found, which button confirms", "/ford/", "Press preset 5 to confirm"),
    ("stalk only", "/renault-dacia/", "on the stalk"),
    ("the code in marker on the case", "/fiat/", "on the case in marker pen"),
    ("a newer Ibiza asks for no code", "/seat/", "Newer cars need no code"),
    ("10 SAFE, has the code", "/vauxhall-opel/", "Hold AS"),
    ("Car Pass without a radio code", "/vauxhall-opel/", "Newer radios have no code"),
    ("ERR, unit recoded", "/peugeot-citroen/", "may have been recoded"),
    ("radio was swapped", "/peugeot-citroen/", "read the number of the unit that is fitted"),
    ("older tape sets", "/honda/", "Hold L/M/U, eject and A.SEL"),
    ("Err", "/honda/", "Switch the radio off and on"),
]


@pytest.mark.parametrize(
    ("address", "words"), [row[1:] for row in GUIDES], ids=[row[0] for row in GUIDES]
)
def test_a_guide_answers(client: Client, address: str, words: str) -> None:
    assert words in text(client, address)


def test_safe_and_a_figure_waits_first(client: Client) -> None:
    rows = client.get("/search/", {"q": "safe 2"}).context["answer"].found.symptoms
    first = rows[0]
    assert first.guide.brand.slug == "volkswagen"
    assert "leave the radio switched on for an hour" in first.answer
