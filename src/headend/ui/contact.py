"""Where somebody is to ask: the organization's number, which a phone dials, or the counter."""

import re

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from headend.lib import phone as phones
from headend.system.models import Organization


def where(organization: Organization) -> SafeString:
    """A sentence: *Call 0709 118 000.*, or *Ask at the counter.*"""
    typed = organization.support_phone
    if not typed:
        return conditional_escape(gettext("Ask at the counter."))
    link = format_html('<a class="tel" href="{}">{}</a>', dial(typed, organization.country), typed)
    return format_html(gettext("Call {phone}."), phone=link)


def put(text: object, organization: Organization) -> str:
    """A text with `where` in the place of *Please contact us.*, which alone helps nobody; other texts as they are."""
    plain = str(text)
    sentence = gettext("Please contact us.")
    if sentence not in plain:
        return plain
    shown = text if isinstance(text, SafeString) else plain
    # What stands before and behind it was escaped, and so was the number.
    return mark_safe(conditional_escape(shown).replace(conditional_escape(sentence), where(organization)))  # noqa: S308 - both were escaped


def dial(typed: str, country: str) -> str:
    """What a phone dials when somebody taps a number that stands in the settings as it was typed."""
    try:
        return f"tel:{phones.parse(typed, country)}"
    except phones.PhoneError:
        return "tel:" + re.sub(r"[^\d+]", "", typed)
