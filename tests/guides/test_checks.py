from pathlib import Path

import pytest

from guides.checks import content_files, legal_texts
from guides.models import LegalText


def test_the_content_files_are_well_made() -> None:
    assert content_files() == []


@pytest.mark.django_db
def test_a_note_to_a_lawyer_in_a_legal_text_is_an_error() -> None:
    text = LegalText.objects.create(slug="terms", title="Terms", body="One.\n\n[To be checked.]")
    assert [message.id for message in legal_texts(databases=["default"])] == ["guides.E002"]
    LegalText.objects.filter(pk=text.pk).update(body="One.")
    assert legal_texts(databases=["default"]) == []


def test_the_same_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "legal"
    folder.mkdir()
    (folder / "terms.md").write_text("# Terms\n\n[To be completed]\n")
    monkeypatch.setattr("guides.checks.CONTENT", tmp_path)
    assert [message.id for message in content_files()] == ["guides.E002"]
