"""The guides' admin: the pages, their history, their checks."""

from guides.admin.facts import FactAdmin
from guides.admin.fields import FactsField, FactsForm, LinesField
from guides.admin.guide import GuideAdmin
from guides.admin.history import HistoryAdmin
from guides.admin.legal import LegalTextAdmin
from guides.admin.names import BrandAdmin, CarModelAdmin
