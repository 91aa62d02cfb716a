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
    """A text with `where` in the place of *Please contact us.*, which alone helps nobody; other texts as they are.

    What `put_plainly` made of it, and a router gave back, gets the number that a phone dials too.
    """
    plain = str(text)
    for sentence in (gettext("Please contact us."), _call(organization.support_phone)):
        if sentence and sentence in plain:
            shown = text if isinstance(text, SafeString) else plain
            # What stands before and behind it was escaped, and so was the number.
            return mark_safe(conditional_escape(shown).replace(conditional_escape(sentence), where(organization)))  # noqa: S308 - both were escaped
    return plain


def put_plainly(text: str, support_phone: str) -> str:
    """The same for a text that is on no page: with the number, where there is one."""
    return text.replace(gettext("Please contact us."), _call(support_phone)) if support_phone else text


def dial(typed: str, country: str) -> str:
    """What a phone dials when somebody taps a number that stands in the settings as it was typed."""
    try:
        return f"tel:{phones.parse(typed, country)}"
    except phones.PhoneError:
        return "tel:" + re.sub(r"[^\d+]", "", typed)


def _call(support_phone: str) -> str:
    return gettext("Call {phone}.").format(phone=support_phone) if support_phone else ""
