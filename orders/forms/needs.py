"""The further numbers that some radios need."""

from collections.abc import Collection, Mapping

from django.forms import Field
from django.utils.translation import gettext as _

from orders.models import Need, Radio


def ask_what_it_needs(
    fields: Mapping[str, Field], radio: Radio | None, needs: Collection[str]
) -> None:
    """Require the fields of what this radio needs, and word what is missing."""
    for need in Need.values:
        if need in fields:
            fields[need].required = need in needs
            fields[need].error_messages["required"] = _missing(need, radio)
    second = fields["second_number"]
    if radio and radio.second_number_label:
        second.label = radio.second_number_label
    if Need.PHOTO in needs and second.required:
        second.required = False
        second.help_text = _(
            "From the second sticker on the unit. If there is none, leave this empty: the photo "
            "shows that."
        )


def _missing(need: str, radio: Radio | None) -> str:
    """Word what to type into a field that was left empty."""
    shape = getattr(radio, f"{need}_shape", "")
    words = {
        Need.SECOND_NUMBER: _("Type the number from the second sticker"),
        Need.DEVICE_NUMBER: _("Type the device number from the screen"),
    }.get(Need(need), _("Type the date from the screen"))
    return f"{words}: {shape}." if shape else f"{words}."
