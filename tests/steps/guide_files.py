"""Small content files for the tests: a brand, Acme, with one car model, the Roadster."""

from pathlib import Path
from textwrap import dedent

PAGE = """
guide:
  title: Acme radio code
  description: One sentence.
  intro: Two sentences.
  last_reviewed: 2026-11-22
  facts: [{fact}]
passages:
  - key: why
    section: why
    text: It lost its power.
    facts: [{fact}]
procedures:
  - key: label
    kind: find
    title: Read the label
    serves: All
    steps: [Take it out., Read it.]
    facts: [{fact}]
symptoms:
  - key: code
    shows: code
    title: CODE
    answer: It waits.
    facts: [{fact}]
questions:
  - key: dealer
    question: Does a dealer help?
    answer: "Yes."
    facts: [{fact}]
sources:
  manual: https://example.com/manual
facts:
  {fact}:
    says: locks when the power goes
    confidence: high
    sources: [manual]
"""
BRAND = "brand: {slug: acme, name: Acme}\n" + PAGE.format(fact="acme.power.1")
CAR_MODEL = dedent("""\
    car_model: {slug: roadster, name: Roadster}
    generations:
      - {key: r1, code: R1, name: First, year_from: 1990, year_to: 2000, facts: [acme.power.1]}
      - {key: r2, code: R2, name: Second, year_from: 2000, facts: [acme.power.1]}
    """) + PAGE.format(fact="acme.roadster.power.1").replace(
    "serves: All", "serves: All\n    generations: [r1]"
)


def write_acme(folder: Path, brand: str = BRAND, car_model: str = CAR_MODEL) -> Path:
    """The folder with both files in it."""
    (folder / "acme").mkdir(exist_ok=True)
    (folder / "acme.yaml").write_text(brand)
    (folder / "acme" / "roadster.yaml").write_text(car_model)
    return folder


def line_with(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)
