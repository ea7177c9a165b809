"""The guides' doors for staff: the pages themselves, their drafts, their editions, their checks."""

from guides.admin.editions import EditionAdmin
from guides.admin.facts import FactAdmin
from guides.admin.fields import FactsField, FactsForm, LinesField
from guides.admin.guide import GuideAdmin
from guides.admin.legal import LegalTextAdmin
from guides.admin.names import BrandAdmin, CarModelAdmin

__all__ = [
    "BrandAdmin",
    "CarModelAdmin",
    "EditionAdmin",
    "FactAdmin",
    "FactsField",
    "FactsForm",
    "GuideAdmin",
    "LegalTextAdmin",
    "LinesField",
]
