"""Run with `make audit`; `make audit ARGS="code licences"` for some of its parts."""

import argparse
import subprocess
import sys

PARTS = {
    "pages": "Pages: Lighthouse, axe, HTML checker",
    "walk": "The way from the guide to the code: screens, taps, fields",
    "code": "Code: rules of security, what nobody uses",
    "packages": "Packages: known vulnerabilities",
    "licences": "Packages: licences",
}
OUTCOMES = {0: "as wanted", 1: "NOT AS WANTED", 2: "COULD NOT BE DONE"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make audit")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}")
    parts = parser.parse_args().parts or list(PARTS)
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return report({part: look_at(part) for part in parts})


def look_at(part: str) -> int:
    """In a process of its own: one that breaks keeps none of the others from being done."""
    print(f"\n== {PARTS[part]}\n", flush=True)
    status = subprocess.run([sys.executable, "-m", f"tools.audit.{part}"]).returncode
    return status if status in OUTCOMES else 2


def report(outcomes: dict[str, int]) -> int:
    """A miss counts for more than what could not be done; neither passes."""
    print("\n== The audit\n")
    for part, status in outcomes.items():
        print(f"{part:<10}{OUTCOMES[status]}")
    statuses = set(outcomes.values())
    return next((status for status in (1, 2) if status in statuses), 0)


if __name__ == "__main__":
    sys.exit(main())
