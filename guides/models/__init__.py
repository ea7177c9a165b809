"""What a customer reads. Brand > CarModel > Generation name the cars; a Guide is the page of a
brand or of a car model, and everything on that page is a row that names the facts it rests on."""

from guides.models.cars import RESERVED_SLUGS, Brand, CarModel, Generation, refuse_reserved
from guides.models.guide import Confidence, Fact, Guide, Row
from guides.models.legal_text import LegalText
from guides.models.loaded import Loaded, LoadedPage, unique_key
from guides.models.rows import Passage, Procedure, Question, Shows, Symptom
