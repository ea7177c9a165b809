"""The update from version 0.9.0, whose tables stay for one version: nothing in them is lost."""

from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from guides.models import Generation, Guide, Passage, Procedure
from tests.steps.guide_pages import roadster

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.also_on_sqlite,
    pytest.mark.usefixtures("acme"),
]


@pytest.fixture
def old() -> Any:
    """The models of version 0.9.0."""
    return MigrationLoader(connection).project_state([("guides", "0004_editions")]).apps


def test_drafts_are_written_into_files(old: Any, tmp_path: Path) -> None:
    old.get_model("guides", "Draft").objects.create(
        guide_id=roadster().pk, form={}, text="car_model: {slug: roadster}\n"
    )
    out = StringIO()
    call_command("export_drafts", tmp_path / "drafts", stdout=out)
    assert (tmp_path / "drafts/acme/roadster.yaml").read_text() == "car_model: {slug: roadster}\n"
    assert "1 drafts written" in out.getvalue()


def test_users_and_guides_that_the_old_tables_name_can_be_deleted(old: Any) -> None:
    user = User.objects.create_user("editor")
    edition = old.get_model("guides", "Edition").objects.create(
        page="acme/roadster", text="x", what="edited", by_id=user.pk
    )
    old.get_model("guides", "Draft").objects.create(
        guide_id=roadster().pk, form={}, text="x", edition=edition, by_id=user.pk
    )
    roadster().delete()
    user.delete()
    connection.check_constraints()
    assert not Guide.objects.filter(key="acme/roadster").exists()


def test_the_old_version_deletes_users_that_the_history_names(old: Any) -> None:
    user = User.objects.create_user("editor")
    guide = roadster()
    guide._history_user = user  # type: ignore[attr-defined]
    guide.save()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM auth_user WHERE id = %s", [user.pk])
    connection.check_constraints()
    assert guide.history.count() == 2


def test_history_begins_with_what_stands_at_the_update(old: Any) -> None:
    for model in (Passage, Procedure):
        model.history.all().delete()
    state = MigrationLoader(connection).project_state([("guides", "0006_history")]).apps
    import_module("guides.migrations.0006_history").begin_history(state, None)
    procedure = roadster().procedures.get()
    procedure.generations.set(Generation.objects.all())
    newest, first = procedure.history.all()[:2]
    assert first.history_change_reason == "as it stood at the update"
    [change] = newest.diff_against(first).changes
    assert change.field == "generations" and len(change.old) == 1 and len(change.new) == 2
    assert Passage.history.count() == Passage.objects.count()
