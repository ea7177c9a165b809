"""What ruff's rules of security say of the code, and what in it is unused: `make audit-code`."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tools.audit.tools import CannotRunError, module

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCT = ("guides", "orders", "shop")
READ = (".py", ".html", ".txt", ".yaml", ".js")  # where a name may be used
# of variables and attributes, too many are columns, settings, and what libraries look for
FOUND = re.compile(r"(.+:\d+): unused (?:function|class|method|property|import) '(\w+)'")
AGAINST = re.compile(r"\S+:\d+:\d+: (S\d|ERA)")
SILENCED = re.compile(r"# noqa: (S\d+)(.*)")


def main() -> int:
    try:
        misses = [*security(ROOT), *dead(ROOT)]
    except CannotRunError as error:
        print(f"The code could not be looked at. {error}", file=sys.stderr)
        return 2
    print("\n".join(misses) if misses else "Nothing is against the rules, nothing is unused.")
    print("\nRules of security are silenced here:")
    print("\n".join(silenced()))
    return 1 if misses else 0


def security(root: Path) -> list[str]:
    """Ruff's S as pyproject.toml has it, and ERA: code that was commented out."""
    done = run(root, "ruff", "check", "--extend-select", "ERA", "--output-format", "concise", ".")
    return [line for line in done.stdout.splitlines() if AGAINST.match(line)]


def dead(root: Path) -> Iterator[str]:
    """What nothing in the product calls, by code, template or name in a text. Tests do not count:
    what only they call is dead."""
    words = Counter(word for text in texts(root) for word in re.findall(r"\w+", text))
    for line in run(root, "vulture").stdout.splitlines():
        found = FOUND.match(line)
        if found and words[found[2]] == 1:
            yield f"{found[1]}: nobody uses {found[2]}"


def texts(root: Path) -> Iterator[str]:
    for folder in (*PRODUCT, "templates"):
        for file in (root / folder).rglob("*"):
            if file.suffix in READ and "migrations" not in file.parts:
                yield file.read_text()


def silenced() -> Iterator[str]:
    for folder in PRODUCT:
        for file in sorted((ROOT / folder).rglob("*.py")):
            for number, line in enumerate(file.read_text().splitlines(), start=1):
                if found := SILENCED.search(line):
                    where = f"{file.relative_to(ROOT)}:{number}"
                    yield f"  {where}: {found[1]}{found[2]}"


def run(root: Path, tool: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Ruff ends with 1 and vulture with 3 if they found something."""
    done = subprocess.run([*module(tool), *arguments], cwd=root, capture_output=True, text=True)
    if done.returncode not in (0, 1, 3):
        raise CannotRunError(f"{tool} ended with {done.returncode}:\n{done.stderr.strip()}")
    return done


if __name__ == "__main__":
    sys.exit(main())
