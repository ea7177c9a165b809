"""No module imports another that leads back to it, not even for types alone."""

from collections.abc import Iterator

import grimp

PACKAGES = ("guides", "orders", "shop", "sandbox")


def circles(graph: grimp.ImportGraph) -> Iterator[list[str]]:
    """Groups of modules of which each imports, over others, each of its group."""
    seen: set[str] = set()
    for module in sorted(graph.modules):
        if module not in seen:
            below = graph.find_upstream_modules(module)
            circle = {each for each in below if module in graph.find_upstream_modules(each)}
            seen |= circle
            if circle:
                yield sorted(circle | {module})


def test_no_import_leads_back_to_where_it_began() -> None:
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=False, cache_dir=None)
    assert list(circles(graph)) == []


def test_a_circle_is_seen() -> None:
    graph = grimp.ImportGraph()
    for importer, imported in ("ab", "bc", "ca", "cd"):
        graph.add_import(importer=importer, imported=imported)
    assert list(circles(graph)) == [["a", "b", "c"]]
