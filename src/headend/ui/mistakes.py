"""What a form says back: a verb's refusal beside the field that it belongs to, and a summary of what is to be mended."""

import html
import re
from typing import Any, ClassVar, Final

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from headend.lib.refused import Refused
from headend.system.models import Organization
from headend.ui import contact, refusals
from headend.ui.forms import Money, PlainForm

# A link that stands behind the sentences, as *Open* does, and is not one of their words.
_LINK_BEHIND: Final = re.compile(r"(?<=[.!?])\s+<a\s[^>]*>[^<]*</a>\s*\Z")
_TAG: Final = re.compile(r"<[^>]*>")


class OrganizationForm(PlainForm):
    """A form on an organization's page. The organization stands before anything is validated.

    A refusal stands beside its field. `beside` names another one by the refusal's code, or by the field that this form has not;
    `otherwise` is the field of what belongs to none. The rest stands above the form.
    """

    beside: ClassVar[dict[str, str]] = {}
    otherwise: ClassVar[str] = ""

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organization = organization
        for field in self.fields.values():
            if isinstance(field, Money):
                field.use(organization.currency)

    def refuse(self, refused: Refused, link: str = "") -> None:
        """A verb's refusal, where it belongs; `link` leads to where it can be mended."""
        named = (self.beside.get(refused.code), self.beside.get(refused.field), refused.field, self.otherwise)
        place = next((name for name in named if name in self.fields), None)
        text = self.words(refused)
        self.add_error(place, format_html("{} {}", text, link) if link else text)

    def words(self, refused: Refused) -> str:
        """What a refusal says; a door puts its own words here."""
        return contact.put(str(refusals.TEXTS[refused.code] % refused.detail), self.organization)

    @property
    def mistakes(self) -> list[dict[str, Any]]:
        """What is to be mended, in the order of the page: a text, and where to go. A field is one thing, whatever is said of it."""
        found: list[dict[str, Any]] = [{"text": _plain(text), "anchor": ""} for text in self.non_field_errors()]
        for name in self.fields:
            if name not in self.errors:
                continue
            bound = self[name]
            place = f"{bound.auto_id}_0" if isinstance(bound.field.widget, forms.RadioSelect) else bound.id_for_label
            said = " ".join(_plain(text) for text in self.errors[name])
            found.append({"text": f"{bound.label}: {said}", "anchor": place})
        return found


def _plain(text: object) -> str:
    """A mistake as it is told in the summary: without links, because the whole line there is one already."""
    return html.unescape(_TAG.sub("", _LINK_BEHIND.sub("", text))) if isinstance(text, SafeString) else str(text)
