"""The words of a page that a phone shows while everything folded stays folded."""

from html.parser import HTMLParser

VOID = {"br", "hr", "img", "input", "link", "meta"}
NOT_READ = {"head", "script", "svg"}
NOT_ON_A_PHONE = {"advice", "is-open", "mid", "skip", "toc", "visually-hidden", "wide"}


class _Shown(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []  # elements, and whether what is in them is shown
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        values = dict(attrs)
        is_shown = self.is_shown and tag not in NOT_READ
        is_shown &= not NOT_ON_A_PHONE & set((values.get("class") or "").split())
        if tag == "summary":  # of something folded in something shown
            is_shown = self.open[-2][1]
        elif tag == "details" and "open" not in values:
            is_shown = False
        self.open.append((tag, is_shown))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self.is_shown:
            self.words += data.split()

    @property
    def is_shown(self) -> bool:
        return not self.open or self.open[-1][1]


def words_shown(page: str) -> list[str]:
    parser = _Shown()
    parser.feed(page)
    return parser.words
