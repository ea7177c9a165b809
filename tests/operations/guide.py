"""The commands that docs/operations.md tells, as blocks of shell: ```sh install fetch."""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

GUIDE = Path(__file__).resolve().parent.parent.parent / "docs" / "operations.md"
BLOCK = re.compile(r"^( *)```sh (\w+)( fetch)?\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    section: str
    fetches: bool  # from Debian, from where Python's packages are, from where the code is
    commands: str


def blocks(section: str) -> list[Block]:
    """Those of one section, in their order. The other blocks are examples."""
    found = [
        Block(name, bool(fetch), textwrap.dedent(indent + commands.removeprefix(indent)))
        for indent, name, fetch, commands in BLOCK.findall(GUIDE.read_text())
    ]
    return [block for block in found if block.section == section]
