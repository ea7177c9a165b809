"""What a radio's display can say, answered for any car: the question on the home page."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from guides.models import Shows, Symptom

Words = str | Promise


@dataclass(frozen=True)
class State:
    """`word` is drawn on the display; nothing is drawn for a dark one."""

    word: str
    hint: Words
    title: Words
    answer: Words
    code_helps: Symptom.CodeHelps

    @property
    def get_code_helps_display(self) -> Words:
        return self.code_helps.label


FINE = _("The radio is fine and waits for its code")
STATES = {
    Shows.CODE: State(
        "CODE",
        _("or four dashes"),
        FINE,
        _(
            "It lost power and locked itself. Choose your car: its guide says where the code may "
            "be free, and where the serial number is."
        ),
        Symptom.CodeHelps.YES,
    ),
    Shows.SAFE: State(
        "SAFE",
        _("or 10 SAFE"),
        FINE,
        _(
            "SAFE is its locked state. A number beside it counts tries. Choose your car: its guide "
            "says where the code may be free, and where the serial number is."
        ),
        Symptom.CodeHelps.YES,
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
