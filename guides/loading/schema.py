"""What a guide's file may hold. One file a page:

    content/nissan.yaml         a brand: its name and its page (to add a brand, add this file)
    content/nissan/micra.yaml   a car model of that brand: its generations and its page
    content/legal/terms.md      a legal text: "# Title", then the text

`facts` is the page's list of what is known: an id, what it says, how sure it is, and from where
(`sources` gives each address a short name, once a file). Every row names the facts that it rests
on, by id; a car model's rows may name its brand's facts too. A row is known as well as its weakest
fact, so a weak fact is best put into a row of its own.

A fact's id is `<brand>.<section>.<name>` or `<brand>.<model>.<section>.<name>`, with _ for -, where
the section says what sort of fact it is: `nissan.brand_facts.code_length`,
`nissan.micra.find_serial.presets_1_6`, `nissan.serial_formats.blaupunkt_bp`. Facts that have no
name of their own are numbered: `nissan.micra.lockout.1`, `nissan.brand_disagreements.1`. Brands
that have only a brand page stand below `other`: `other.ford.find.1`. An id is never given to
another fact.
"""

from datetime import date
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from guides.loading.files import Entry

Text = Annotated[str, StringConstraints(min_length=1)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
FACT_ID = r"^[a-z0-9_]+(\.[a-z0-9_]+)+$"
FactId = Annotated[str, StringConstraints(pattern=FACT_ID)]
Some = Annotated[list[FactId], Field(min_length=1)]


class FactEntry(Entry):
    says: Text
    confidence: Text
    sources: Annotated[list[str], Field(min_length=1)]
    is_from_maker: bool = False


class RowEntry(Entry):
    key: Key
    facts: Some

    def values(self) -> dict[str, Any]:
        return self.model_dump(exclude={"key"})


class GenerationEntry(RowEntry):
    code: str = ""
    name: Text
    year_from: int | None = None
    year_to: int | None = None
    radio: str = ""
    makers: str = ""
    entry: str = ""
    overlaps: list[Key] = []  # sold beside these for some years: no warning


class PassageEntry(RowEntry):
    facts: list[FactId]  # none, where it only says what we do not know
    section: Text
    title: str = ""
    text: Text


class ProcedureEntry(RowEntry):
    kind: Text
    title: Text
    serves: Text
    generations: list[Key] = []
    steps: Annotated[list[Text], Field(min_length=1)]
    needs_removal: bool = False
    caution: str = ""
    radios: str = ""
    drawing: str = ""


class SymptomEntry(RowEntry):
    shows: str = ""
    is_trouble: bool = False
    title: Text
    answer: Text
    code_helps: str = ""


class QuestionEntry(RowEntry):
    question: Text
    answer: Text


class GuideEntry(Entry):
    title: Text
    description: Text
    intro: Text
    number_needed: str = ""
    where_it_is: str = ""
    code_shape: str = ""
    tries: str = ""
    label_serial: str = ""
    label_other: str = ""
    display_serial: str = ""
    display_entry: str = ""
    last_reviewed: date
    is_published: bool = True
    is_thin: bool = False
    sells_nothing: bool = False
    facts: Some


ENTRIES: dict[str, type[RowEntry]] = {
    "generations": GenerationEntry,
    "passages": PassageEntry,
    "procedures": ProcedureEntry,
    "symptoms": SymptomEntry,
    "questions": QuestionEntry,
}


class NameEntry(Entry):
    slug: Key
    name: Text
    position: int = 0


class BrandEntry(NameEntry):
    model_names: list[Text] = []
    radio_names: list[Text] = []


class PageFile(Entry):
    guide: GuideEntry
    passages: list[PassageEntry] = []
    procedures: list[ProcedureEntry] = []
    symptoms: list[SymptomEntry] = []
    questions: list[QuestionEntry] = []
    sources: dict[str, Text]
    facts: dict[FactId, FactEntry]

    @property
    def lists(self) -> dict[str, list[Any]]:
        """The lists of rows, by their name in the file."""
        return {name: getattr(self, name) for name in ENTRIES if hasattr(self, name)}


class BrandFile(PageFile):
    brand: BrandEntry


class CarModelFile(PageFile):
    car_model: NameEntry
    generations: list[GenerationEntry] = []
