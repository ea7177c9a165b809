"""Known vulnerabilities of all pinned packages, as pip-audit looks them up: `make audit-packages`.

That takes the internet. Where it cannot look something up, this says so and does not pass.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.audit.tools import CannotRunError, module

ROOT = Path(__file__).resolve().parent.parent.parent
PINNED = ROOT / "requirements-dev.txt"  # those of the product are among them
LASTS = 600  # seconds


def main() -> int:
    try:
        misses = vulnerabilities(module("pip_audit"), PINNED)
    except CannotRunError as error:
        print(
            f"Known vulnerabilities could not be looked up: {error}\n"
            "Nothing is known of these packages now. Try again where the internet can be reached.",
            file=sys.stderr,
        )
        return 2
    print("\n".join(misses) if misses else f"None is known of {count(PINNED)} packages.")
    return 1 if misses else 0


def vulnerabilities(tool: Sequence[str], pinned: Path) -> list[str]:
    """Raises CannotRunError where any package was not looked up, whatever the tool ended with."""
    command = [
        *tool, "--strict", "--disable-pip", "--no-deps", "--progress-spinner", "off",
        "--format", "json", "--requirement", str(pinned),
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LASTS)
    except subprocess.TimeoutExpired as error:
        raise CannotRunError(f"no answer within {LASTS} seconds.") from error
    try:
        looked_up: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError) as error:
        said = done.stderr.strip().splitlines() or [f"pip-audit ended with {done.returncode}"]
        raise CannotRunError(said[-1].removeprefix("ERROR:pip_audit._cli:")) from error
    missing = count(pinned) - sum("vulns" in each for each in looked_up)
    if missing > 0:
        raise CannotRunError(f"{missing} of {count(pinned)} packages were not looked up.")
    return [
        f"{each['name']} {each['version']}: {hole['id']}, "
        f"mended in {', '.join(hole['fix_versions']) or 'no version yet'}"
        for each in looked_up
        for hole in each["vulns"]
    ]


def count(pinned: Path) -> int:
    return sum("==" in line for line in pinned.read_text().splitlines())


if __name__ == "__main__":
    sys.exit(main())
