"""The commands of docs/operations.md, as blocks of shell: ```sh install fetch. A block
```says beneath one has lines that it prints, in any numbers."""

import re
import textwrap
from dataclasses import dataclass, replace
from pathlib import Path

GUIDE = Path(__file__).resolve().parent.parent.parent / "docs" / "operations.md"
BLOCK = re.compile(r"^( *)```(?:sh (\w+)( fetch)?|says)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"\d[\dTZ,.:+-]*")


@dataclass(frozen=True)
class Block:
    section: str
    fetches: bool  # from Debian, from where Python's packages are, from where the code is
    commands: str
    says: tuple[str, ...] = ()

    def missing_in(self, output: str) -> list[str]:
        """The lines that the guide promises, and that did not come."""
        lines = [NUMBER.sub("1", line) for line in output.splitlines()]
        return [
            said for said in self.says
            if not any(line.startswith(NUMBER.sub("1", said)) for line in lines)
        ]  # fmt: skip


def blocks(section: str) -> list[Block]:
    """Those of one section, in their order. The other blocks are examples."""
    found: list[Block] = []
    for indent, name, fetch, text in BLOCK.findall(GUIDE.read_text()):
        words = textwrap.dedent(indent + text.removeprefix(indent))
        if name:
            found.append(Block(name, bool(fetch), words))
        else:
            found[-1] = replace(found[-1], says=tuple(words.splitlines()))
    return [block for block in found if block.section == section]
