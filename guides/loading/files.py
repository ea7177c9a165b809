"""Content files: YAML whose shape pydantic checks, every complaint with its file, line and field.

`read_yaml_with_lines(path, Model)` either returns a `ContentFile` or raises `ContentError` with all
that is wrong in the file, so that its author mends it in one go. What pydantic cannot see (a name
that must exist elsewhere) is added by the caller with `content_file.problem(place, message)`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

Place = Sequence[str | int]  # ("questions", 3, "answer")

# pydantic's own words are made for programmers; these are for authors of guides
PLAIN_WORDS = {
    "extra_forbidden": "unknown field",
    "missing": "is missing",
    "string_type": "must be text (put it in quotes)",
    "list_type": "must be a list",
    "model_type": "must hold named fields",
    "dict_type": "must hold named entries",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
}


class Entry(BaseModel):
    """Base of everything in a content file: unknown fields are refused, nothing is guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


M = TypeVar("M", bound=Entry)


class Problem(NamedTuple):
    path: Path
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}: "
        return where + (f"{self.field}: {self.message}" if self.field else self.message)


class ContentError(Exception):
    """Files that are not loaded, and why."""

    def __init__(self, problems: Iterable[Problem | str]) -> None:
        self.problems: list[Problem | str] = list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True)
class ContentFile(Generic[M]):
    path: Path
    content: M
    root: yaml.Node

    def problem(self, place: Place, message: str) -> Problem:
        return Problem(self.path, line_of(self.root, place), ".".join(map(str, place)), message)


def read_yaml_with_lines(path: Path, model: type[M], text: str | None = None) -> ContentFile[M]:
    """The file, or a `text` that stands for it."""
    root, data = _parse(path, path.read_text(encoding="utf-8") if text is None else text)
    if twice := list(_double_keys(root)):
        raise ContentError(Problem(path, line, key, "is written twice") for key, line in twice)
    try:
        return ContentFile(path, model.model_validate(data, strict=False), root)
    except ValidationError as error:
        raise ContentError(_problems(path, root, error)) from error


def line_of(root: yaml.Node, place: Place) -> int:
    """The line of a place in the file, or of the last part of it that is there."""
    node, line = root, root.start_mark.line
    for part in place:
        found = _child(node, part)
        if found is None:
            break
        node, line = found
    return line + 1


def _parse(path: Path, text: str) -> tuple[yaml.Node, Any]:
    loader = yaml.CSafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            raise ContentError([Problem(path, 1, "", "the file is empty")])
        return root, loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContentError([Problem(path, line, "", f"not YAML: {error.problem}")]) from error
    finally:
        loader.dispose()


def _problems(path: Path, root: yaml.Node, error: ValidationError) -> Iterator[Problem]:
    for detail in error.errors():
        message = PLAIN_WORDS.get(detail["type"], detail["msg"].removeprefix("Value error, "))
        field = ".".join(str(part) for part in detail["loc"])
        yield Problem(path, line_of(root, detail["loc"]), field, message)


def _child(node: yaml.Node, part: str | int) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        item: yaml.Node = node.value[part]
        return item, item.start_mark.line
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return value, key.start_mark.line
    return None


def _double_keys(node: yaml.Node) -> Iterator[tuple[str, int]]:
    """YAML lets the last of two equal keys win in silence: half a guide would be lost."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _double_keys(item)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.value, key.start_mark.line + 1
            seen.add(key.value)
            yield from _double_keys(value)
