"""Whether we may use the packages as we do, by the licences that pip-licenses reads in them:
`make audit-licences`.

Those that the product runs on may be used in it, as they are, without laying its own code open.
Tools, which are not distributed, may be under the GPL too. What is on no list, or says
nothing, does not pass: read the licence, then list it here.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.audit.tools import CannotRunError, module

ROOT = Path(__file__).resolve().parent.parent.parent
FOR_THE_PRODUCT = {
    "MIT", "MIT License", "MIT-0", "MIT-CMU", "ISC", "Unlicense",
    "BSD", "BSD License", "BSD-2-Clause", "BSD-3-Clause", "0BSD",
    "Apache-2.0", "Apache Software License", "CNRI-Python",
    "PSF-2.0", "Python Software Foundation License",
    # of a library that is used unchanged
    "MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)", "LGPL-3.0-only",
    "GNU Lesser General Public License v3 (LGPLv3)",
}  # fmt: skip
FOR_TOOLS = FOR_THE_PRODUCT | {"GPL-3.0-or-later", "Artistic License"}
# read by hand, since the package says it in a way of its own
READ = {
    "numpy": "BSD-3-Clause",  # and those of small parts in it, alike
    "protobuf": "BSD-3-Clause",
    "axe-playwright-python": "MIT",  # in its file LICENSE only
    "pypdfium2": "BSD-3-Clause AND Apache-2.0",  # and those of what is in PDFium, alike
    "pyrage": "MIT",  # in its file LICENSE only
    "text-unidecode": "Artistic License",  # or, as one likes, the GPL
}


def main() -> int:
    try:
        misses = list(unfit(licences(), product()))
    except CannotRunError as error:
        print(f"The licences could not be read. {error}", file=sys.stderr)
        return 2
    print("\n".join(misses) if misses else "All packages may be used as they are.")
    return 1 if misses else 0


def licences() -> dict[str, str]:
    """Of each installed package what it says of itself, in the form that says most."""
    command = [*module("piplicenses"), "--from=all", "--with-system", "--format=json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise CannotRunError(done.stderr.strip())
    return {normal(each["Name"]): licence_of(each) for each in json.loads(done.stdout)}


def licence_of(row: dict[str, str]) -> str:
    fields = ("License-Expression", "License-Classifier", "License-Metadata")
    return next((row[field] for field in fields if row[field] != "UNKNOWN"), "").split("\n")[0]


def product() -> set[str]:
    """The packages that the shop runs on."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return {normal(re.split(r"[=\[]", line)[0]) for line in lines if "==" in line}


def unfit(licences: dict[str, str], product: set[str]) -> Iterator[str]:
    for name, licence in sorted(licences.items()):
        allowed = FOR_THE_PRODUCT if name in product else FOR_TOOLS
        if not fits(READ.get(name, licence), allowed):
            use = "the product" if name in product else "a tool"
            yield f"{name}: {licence or 'says nothing'}: not on the list for {use}"
    for name in sorted(product - set(licences)):
        yield f"{name}: not installed here: make venv"


def fits(licence: str, allowed: set[str]) -> bool:
    """Each of several that apply together, one of those that may be chosen from."""
    return all(
        any({choice, choice.strip("()")} & allowed for choice in part.split(" OR "))
        for part in re.split(r" AND |; ", licence)
    )


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
