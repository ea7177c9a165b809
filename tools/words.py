"""Finds words that the vocabulary avoids, in code and comments, and names the word to use instead.

    python -m tools.words [path ...]

It reads identifiers, comments and docstrings of guides, orders, shop and sandbox, the commands of
tools, and the names of files and of helpers in tests. Texts between quotes are not read: they are
for customers and staff, or stored. docs/architecture.md has the vocabulary.
"""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDERS = ("guides", "orders", "shop", "sandbox", "tools", "benchmarks", "tests")
# What to avoid, as a regular expression over lower-case words, and what to write instead: NAMES in
# identifiers, PROSE in comments and docstrings.
BOTH = {
    r"let go|lets go|letting go|lapse|lapsed|lapses": "release, cancel or expire",
    r"return(ed|s|ing)? (the |of )?money|give(s|n)? back|gave back|money back": "refund",
    r"bank (thinks|waits)|bank is thinking": "processing",
    r"claims? stands?|still stands?|stands still|used up": "lease is valid, exhausted",
    r"wake|wakes|woke|woken|waking|wake-ups?|wakeups?": "enqueue",
    r"offences?": "violation",
    r"nobody s|nobodys": "anonymised",
    r"editions?": "revision",
    r"told|tells": "notify, log, show or return",
    r"a person|somebody|someone": "staff, or the one who is meant",
    r"doors?": "view, endpoint",
    r"nobody|whoever|whomever|lest|heed|heeds|heeded|wherein|meanwhile": "plain English",
    r"hurried|learnt": "interactive, learned",
}
NAMES = BOTH | {
    r"hold|holds|held": "authorization, authorized (an order may be on hold)",
    r"tell": "notify, log, show or return",
    r"papers?": "receipt, document",
    r"thinking": "processing",
}
PROSE = BOTH | {
    r"(the|a|no|its|this|that|whose) hold|held (money|card|payment)": "authorization",
    r"money (is|was) held|hold of the money": "authorization",
    r"tell staff|tell the customer|to tell": "notify, show",
    r"papers": "receipts, documents",
}


@dataclass(frozen=True)
class Allowed:
    """`where`: a regular expression over the path; `what`: over the line, in lower case."""

    where: str
    what: str
    reason: str


ON_HOLD = (
    r"on[ _]hold|\bholds\b|holds_order|watch_holds|test_holds|_hold_or_release|release_hold"
    r"|stale_hold|\bis_held\b|hold_ends|hold_reminder"
)
ALLOWED = [
    Allowed(r"^(orders|tools|tests)/", ON_HOLD, "an order on hold waits for a decision"),
    Allowed(r"^shop/templatetags/face", r"\bheld\b", "a button that is held down"),
    Allowed(r".", r"\bheld_at|\bhold_ends_at|\bheld = \"held\"", "stored: columns and values"),
    Allowed(r".", r"\bhold_(lasts|margin)\b", "stored: names of settings"),
    Allowed(r".", r"\bhold_1_6\b|\bbank_waits\b", "stored: a drawing and a mail"),
    Allowed(r"^orders/(tasks|admin/)", r"\breturn_money\b", "stored: a task and an address"),
    Allowed(r"^orders/", r"\btell\b", "stored: the column of what a page says about such a number"),
    Allowed(r".", r"about a radio, not a person|personal", "personal data are about a person"),
]


@dataclass(frozen=True)
class Hit:
    path: str
    line: int
    word: str
    text: str

    def __str__(self) -> str:
        instead = next(
            (NAMES | PROSE)[name] for name in NAMES | PROSE if re.fullmatch(name, self.word)
        )
        return f"{self.path}:{self.line}: “{self.word}” ({instead}): {self.text.strip()[:100]}"


def words_of(text: str) -> str:
    """snake_case and CamelCase taken apart, in lower case, with single spaces."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).replace("_", " ").replace("'", " ")
    return re.sub(r"[^a-z0-9-]+", " ", apart.lower())


def spoken(source: str) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Line numbers and texts of all names, comments and docstrings, with what to avoid there."""
    names: dict[int, list[str]] = {}
    is_statement_start = True
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        line = token.start[0]
        if token.type == tokenize.NAME:
            names.setdefault(line, []).append(token.string)
        elif token.type == tokenize.COMMENT or (
            token.type == tokenize.STRING and is_statement_start
        ):
            for number, text in enumerate(token.string.splitlines()):
                yield line + number, text, PROSE
        if token.type not in (tokenize.NL, tokenize.COMMENT):
            is_statement_start = token.type in (
                tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING
            )  # fmt: skip
    for line, found in names.items():
        for name in dict.fromkeys(found):
            yield line, name, NAMES


def names_in_tests(path: str, source: str) -> Iterator[tuple[int, str, dict[str, str]]]:
    """The name of the file, and those of helpers; a test's own name is a sentence."""
    yield 0, path.removesuffix(".py"), NAMES
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("test_"):
            yield node.lineno, node.name, NAMES


def hits_in(path: str) -> Iterator[Hit]:
    source = Path(path).read_text()
    is_test = path.startswith("tests/")
    for line, text, avoided in names_in_tests(path, source) if is_test else spoken(source):
        if any(
            re.search(each.where, path) and re.search(each.what, text.lower()) for each in ALLOWED
        ):
            continue
        said = words_of(text)
        for pattern in avoided:
            if found := re.search(rf"\b({pattern})\b", said):
                yield Hit(path, line, found[1], text)


def main(paths: list[str]) -> int:
    listed = subprocess.run(["git", "ls-files", "*.py"], capture_output=True, text=True, check=True)
    files = [
        file
        for file in listed.stdout.split()
        if file.startswith(tuple(f"{name}/" for name in FOLDERS)) and "/migrations/" not in file
        and (not paths or file.startswith(tuple(paths)))
    ]  # fmt: skip
    found = [hit for file in files for hit in hits_in(file)]
    print("\n".join(map(str, found)))
    print(f"{len(found)} words to replace in {len(files)} files.")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
