"""What a radio's display can say, answered for any car."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from guides.models import Shows, Symptom

Words = str | Promise


@dataclass(frozen=True)
class State:
    """`word` is drawn on the display, nothing for a dark one; `next`: before the car is chosen."""

    word: str
    hint: Words
    title: Words
    answer: Words
    code_helps: Symptom.CodeHelps
    next: Words = ""

    @property
    def get_code_helps_display(self) -> Words:
        return self.code_helps.label


FINE = _("The radio is fine and waits for its code")
CHOOSE = _(
    "Choose your car: its guide says where the code may be free, and where the serial number is."
)
STATES: dict[str, State] = {
    Shows.CODE: State(
        "CODE",
        _("or four dashes"),
        FINE,
        _("It lost power and locked itself."),
        Symptom.CodeHelps.YES,
        CHOOSE,
    ),
    Shows.SAFE: State(
        "SAFE",
        _("or 10 SAFE"),
        FINE,
        _("SAFE is its locked state. A number beside it counts tries."),
        Symptom.CodeHelps.YES,
        CHOOSE,
    ),
    Shows.WAIT: State(
        "WAIT",
        _("locked for now, timer running"),
        _("A timer is running after wrong codes"),
        _(
            "Leave the radio switched on until it asks for the code again. Do not guess: every "
            "wrong code makes it longer. You can order the code now and enter it then."
        ),
        Symptom.CodeHelps.LATER,
    ),
    Shows.LOCKED: State(
        "LOCKED",
        _("too many wrong codes"),
        _("Too many wrong codes were entered"),
        _(
            "On most radios this is a long wait with the radio switched on; on some it is final. "
            "Read your car's guide before you order."
        ),
        Symptom.CodeHelps.MAYBE,
    ),
    Shows.SECURE: State(
        "SECURE",
        _("no code can help"),
        _("The radio has lost its link to the car"),
        _(
            "It is tied to the immobiliser, and a workshop has to link it again. We do not sell a "
            "code for it."
        ),
        Symptom.CodeHelps.NO,
    ),
    Shows.ERROR: State(
        "ERR",
        _("or CODE ERROR"),
        _("That code was wrong"),
        _(
            "Leave the radio switched on, and check the serial number before the next try. Stop "
            "after two wrong codes."
        ),
        Symptom.CodeHelps.LATER,
    ),
    Shows.BLANK: State(
        "",
        _("nothing, no sound"),
        _("It may be the same lock"),
        _(
            "Switch the ignition on and press a button. If the display asks for a code, the radio "
            "is fine and waits for it. If it stays dark, check the fuse first."
        ),
        Symptom.CodeHelps.MAYBE,
    ),
}
# What only some brands' radios show: no question for the home page.
RARE: dict[str, State] = {
    Shows.NEW: State(
        "NEW",
        "",
        _("The radio was never linked to a car"),
        _("A dealer links it with the maker's equipment. We do not sell a code for it."),
        Symptom.CodeHelps.NO,
    ),
    Shows.UNPAIRED: State(
        "",
        "",
        _("The radio does not recognise this car"),
        _("A workshop with the maker's tester sets it right. We do not sell a code for it."),
        Symptom.CodeHelps.NO,
    ),
    Shows.FINAL: State(
        "",
        "",
        _("The lock is final"),
        _("No code opens it any more. Ask a dealer. We do not sell a code for it."),
        Symptom.CodeHelps.NO,
    ),
}
ANSWERS = STATES | RARE
