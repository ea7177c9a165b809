"""What a page was before, and what it may become."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from guides.models.guide import Guide


class Edition(models.Model):
    """A page as it stood after a change, in the words of its content file: who, when, what.

    A page is named as its file is (nissan/micra, legal/terms), so that its editions outlive the
    rows. What was changed in another way than these is noticed, and kept, with the next edition.
    """

    class What(models.TextChoices):
        EDITED = "edited", _("edited")
        DRAFT = "draft", _("draft published")
        LOADED = "loaded", _("loaded from its file")
        RESTORED = "restored", _("put back to an earlier edition")
        DELETED = "deleted", _("deleted")
        FOUND = "found", _("found changed")

    page = models.CharField(max_length=100)
    text = models.TextField()
    what = models.CharField(max_length=8, choices=What)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["page", "-id"], name="edition_of_page")]

    def __str__(self) -> str:
        return f"{self.page}, {self.get_what_display()}"

    @property
    def who(self) -> str:
        if self.by:
            return str(self.by)
        return str(_("its file") if self.what == self.What.LOADED else _("not known"))

    @property
    def before(self) -> "Edition | None":
        return Edition.objects.filter(page=self.page, pk__lt=self.pk).first()


class Draft(models.Model):
    """Changes of a guide that nobody sees yet: its form as staff filled it in, to be gone on with,
    and the page that saving the form would have made, to be looked at."""

    guide = models.OneToOneField(Guide, on_delete=models.CASCADE, related_name="draft")
    form = models.JSONField()
    text = models.TextField()
    edition = models.ForeignKey(Edition, on_delete=models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return str(self.guide)
