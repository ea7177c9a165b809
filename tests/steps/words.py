"""What customers never read: our sources, how sure we are, and words no native would write."""

import html
import re

NEVER = [
    # of what we know, and from where
    r"sources?", "weakly", "weak", "unconfirmed", "could not confirm", "not confirmed", "anonymous",
    r"one (\w+ )?owner", r"one (weak )?report", "says (one|another|our)", "as sources differ",
    r"\[To be", "we know of no",
    # of staff and of money
    "(a|no) person", "nobody has", "meanwhile", "held", "stays? held", "the hold",
    "(money|payment|price|code) (is|was) (being )?taken", "money back", "returned to you",
    "gives? back", "come back to you",
    "where it came from", "keep nothing", "nothing more is charged", "all the same", "as it stands",
    r"stands? (on|in|beside|among|like|still)", r"(?<!keep in )(?<!your )mind\b", "look among",
    "goes out", "whoever", "lest", "anew",
    # one word for one thing
    r"(?<!-)e?mails?",
    # the left column of the list of copy
    "the code stands", "order with it", "lock is running", "how often", "who sells",
    "first look whether", "the code can be found from it", "on the usual units",
    "we ask our", "last read through", "beside the sentence", "one button a digit",
    "(second, )?third and fourth digit with", "must I", "else on the label", "so that we can send",
    "the code goes there", "or I may act", "I know that I lose", "to who acts",
    "without this we may",
    "look at (one thing|[0-9]+ things) again", "stands like this", "taken for others",
    "should it be held", "nothing is added to it", "when money comes back",
    "looks by itself", "comes anyway", "enter it like this", "we look with you",
    "do not know (how )?(your|this) radio", "must not shine", "that is all that was left",
    "if it does not take the code", "answer this mail", "take the one that fits",
    "what it was, and", "without VAT", "more came from your connection", "not open to you",
    "these come near",
]  # fmt: skip
PATTERN = re.compile(rf"(?i)(?<![\w-])(?:{'|'.join(NEVER)})(?![\w-])")
PARTS = re.compile(r"(?s)<script.*?</script>|<style.*?</style>|<[^>]+>")


def found(text: str) -> list[str]:
    """Return what is found, with the words around it."""
    plain = " ".join(html.unescape(text).replace("’", "'").split())
    return [plain[max(m.start() - 40, 0) : m.end() + 40] for m in PATTERN.finditer(plain)]


def found_on(page: str) -> list[str]:
    return found(PARTS.sub(" ", page))
