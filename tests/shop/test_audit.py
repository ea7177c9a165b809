"""What `make audit` makes of its tools' answers: what could not be looked at never passes."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.audit.__main__ import report
from tools.audit.code import ROOT, dead, security
from tools.audit.licences import fits, unfit
from tools.audit.packages import vulnerabilities
from tools.audit.tools import CannotRunError

HOLE = {"id": "PYSEC-2026-1", "fix_versions": ["2.0"]}


# ------------------------------------------------------------------ known vulnerabilities
def look_up(folder: Path, answer: str, *, status: int = 0, complaint: str = "") -> list[str]:
    """With a tool that answers so, of two packages that are pinned."""
    pinned = folder / "requirements.txt"
    pinned.write_text("# compiled\nfirst==1.0\nsecond==1.1\n")
    tool = folder / "tool.py"
    tool.write_text(
        f"import sys\nprint({answer!r})\nprint({complaint!r}, file=sys.stderr)\nsys.exit({status})"
    )
    return vulnerabilities([sys.executable, str(tool)], pinned)


def answer(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": [{"version": "1.0", **each} for each in packages]})


def test_a_known_hole_is_told_with_what_mends_it(tmp_path: Path) -> None:
    said = answer({"name": "first", "vulns": [HOLE]}, {"name": "second", "vulns": []})
    misses = look_up(tmp_path, said, status=1)
    assert misses == ["first 1.0: PYSEC-2026-1, mended in 2.0"]


def test_without_the_internet_it_does_not_pass(tmp_path: Path) -> None:
    with pytest.raises(CannotRunError, match="^no route to host$"):
        look_up(tmp_path, "", status=1, complaint="ERROR:pip_audit._cli:no route to host")


@pytest.mark.parametrize(
    "second", [[], [{"name": "second", "skip_reason": "not found"}]], ids=["gone", "skipped"]
)
def test_a_package_that_was_passed_over_does_not_pass(
    tmp_path: Path, second: list[dict[str, str]]
) -> None:
    with pytest.raises(CannotRunError, match="1 of 2 packages"):
        look_up(tmp_path, answer({"name": "first", "vulns": []}, *second))


# ------------------------------------------------------------------ licences
def test_a_tool_may_be_what_the_product_may_not() -> None:
    licences = {"ours": "GPL-3.0-or-later", "tool": "GPL-3.0-or-later"}
    assert list(unfit(licences, {"ours"})) == [
        "ours: GPL-3.0-or-later: not on the list for the product"
    ]


@pytest.mark.parametrize(
    ("licence", "is_fit"),
    [
        ("MIT", True),
        ("MIT AND PSF-2.0", True),
        ("MIT AND Proprietary", False),
        ("(MIT OR AGPL-3.0)", True),
        ("Mozilla Public License 2.0 (MPL 2.0)", True),
        ("Apache Software License; BSD License", True),
        ("", False),
    ],
)
def test_licences_that_hold_together_must_all_fit(licence: str, is_fit: bool) -> None:
    assert fits(licence, {"MIT", "PSF-2.0", "Apache Software License", "BSD License",
                          "Mozilla Public License 2.0 (MPL 2.0)"}) == is_fit  # fmt: skip


# ------------------------------------------------------------------ code
@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for folder in ("guides", "orders", "shop", "templates"):
        (tmp_path / folder).mkdir()
    (tmp_path / "manage.py").touch()
    return tmp_path


def test_what_nobody_uses_is_found_and_what_a_template_uses_is_not(project: Path) -> None:
    (project / "shop/things.py").write_text(
        "class Thing:\n    def shown(self): ...\n    def forgotten(self): ...\n\n\nThing()\n"
    )
    (project / "templates/thing.html").write_text("{{ thing.shown }}")
    assert list(dead(project)) == ["shop/things.py:3: nobody uses forgotten"]


def test_rules_of_security_and_code_that_was_commented_out(project: Path) -> None:
    (project / "shop/things.py").write_text("eval(input())\n# x = eval(input())\n")
    found = [line.split(" ")[1] for line in security(project)]
    assert found == ["S307", "ERA001"]


# ------------------------------------------------------------------ all of it
@pytest.mark.parametrize(
    ("outcomes", "status"), [([0, 0], 0), ([0, 1], 1), ([0, 2], 2), ([2, 1], 1)]
)
def test_neither_a_miss_nor_what_could_not_be_done_passes(
    outcomes: list[int], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(dict(zip(["code", "packages"], outcomes, strict=True))) == status
    assert ("COULD NOT BE DONE" in capsys.readouterr().out) == (2 in outcomes)
