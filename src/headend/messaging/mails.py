"""Mails: a message's plain text in the name, the logo and the colour of its organization, made when it is sent."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from headend.lib import colour
from headend.messaging.gateways.adapter import Parcel, Picture
from headend.messaging.models import Message
from headend.system import logos
from headend.system.models import Logo, Organization

# What text in the organization's colour stands on; the template's own colours.
LIGHT_GROUNDS: Final = ("#ffffff", "#eff2ef")
DARK_GROUNDS: Final = ("#141a18", "#1f2725")
LOGO_MOST_PX: Final = (180, 48)
_LINK: Final = re.compile(r"https?://[^\s<>\"\[\]]*[^\s<>\"\[\].,;:!?)}'’”]")
_FONTS: Final = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"


@dataclass(frozen=True, slots=True)
class _Part:
    """A paragraph, or the link that stands alone in one."""

    html: str = ""
    button: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class _Shown:
    """The logo as the mail shows it."""

    cid: str
    width_px: int
    height_px: int


def parcel(message: Message, text: str, *, reply_to: str) -> Parcel:
    """What is handed to a mail server: the text, and the same as HTML. `reply_to` is where questions go, if anywhere."""
    organization = message.organization
    with translation.override(organization.language):
        # Only what may be refused: whoever asked for a code gets it.
        leave = unsubscribe_place(organization, message.to) if message.is_promotional else ""
        # What the text has said already is not said again.
        told = ((_help(organization), organization.support_phone), (reply_to, reply_to))
        footer = [line for line, what in told if what and what not in text]
        logo = logos.of(organization)
        html = _html(message, text, footer=footer, leave=leave, logo=logo)
        foot = ["-- ", organization.name, *footer]
        if leave:
            foot.append(_("No more of these e-mails: %(place)s") % {"place": leave})
    headers = {"List-Unsubscribe": f"<{leave}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if leave else {}
    pictures = (Picture(logo.digest, bytes(logo.content), logo.media_type),) if logo else ()
    plain = "\n".join([text.rstrip(), "", *foot, ""])
    return Parcel(message.uid.hex, message.to, plain, message.subject, html, pictures, headers)


def unsubscribe_place(organization: Organization, address: str) -> str:
    """Where somebody says that nothing promotional shall come any more; whoever has it may, also without an account."""
    token = _signer().sign_object([organization.pk, address])
    return f"{settings.PUBLIC_URL}/l/off/{token}/"


def read_unsubscribe(token: str) -> tuple[int, str] | None:
    """Whose mail the token came with, as id of the organization and address; None where it is none of ours."""
    try:
        organization_id, address = _signer().unsign_object(token)
    except signing.BadSignature:
        return None
    return int(organization_id), str(address)


def _signer() -> signing.Signer:
    return signing.Signer(sep=".", salt="messaging.unsubscribe")


def _help(organization: Organization) -> str:
    return _("Help: %(phone)s") % {"phone": organization.support_phone}


def _html(message: Message, text: str, *, footer: list[str], leave: str, logo: Logo | None) -> str:
    organization = message.organization
    accent = organization.accent
    ink = colour.accent_ink(accent, LIGHT_GROUNDS)
    language = translation.get_language() or organization.language
    context = {
        "language": language,
        "direction": "rtl" if translation.get_language_bidi() else "ltr",
        "subject": message.subject,
        "name": organization.name,
        "logo": _shown(logo) if logo else None,
        "parts": _parts(text, ink),
        "footer": footer,
        "unsubscribe": leave,
        "dark_ink": colour.accent_ink(accent, DARK_GROUNDS),
        "sheet": f"max-width:560px;margin:0 auto;box-sizing:border-box;padding:24px 20px;background-color:#ffffff;color:#17201d;"
        f"border-top:4px solid {accent};border-radius:8px;font-size:16px;line-height:1.5;{_FONTS}",
        "name_style": "font-weight:600;font-size:17px;vertical-align:middle;padding:0 6px;color:#17201d",
        "heading": "margin:0 0 14px;font-size:21px;line-height:1.3;color:#17201d",
        "button": f"display:inline-block;padding:12px 20px;border-radius:6px;background-color:{accent};"
        f"color:{colour.on_accent(accent)};font-weight:600;text-decoration:none",
        "foot": "margin-top:24px;padding-top:14px;border-top:1px solid #8a9691;font-size:14px;color:#55625d",
        "link": _link_style(ink),
    }
    return render_to_string("messaging/mail.html", context)


def _shown(logo: Logo) -> _Shown:
    """As large as it is, and no larger than the mail has room for."""
    widest, highest = LOGO_MOST_PX
    scale = min(1.0, widest / logo.width_px, highest / logo.height_px)
    return _Shown(logo.digest, max(1, round(logo.width_px * scale)), max(1, round(logo.height_px * scale)))


def _parts(text: str, ink: str) -> list[_Part]:
    """Paragraphs have an empty line between them. The first that is a link alone becomes a button."""
    parts: list[_Part] = []
    for paragraph in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()):
        host = _host_of(paragraph) if _LINK.fullmatch(paragraph) else ""
        if host and not any(part.button for part in parts):
            parts.append(_Part(button=paragraph, label=_("Open %(place)s") % {"place": host}))
        else:
            parts.append(_Part(html=_linked(paragraph, ink)))
    return parts


def _host_of(link: str) -> str:
    try:
        return urlsplit(link).hostname or ""
    except ValueError:
        # It only looks like a link.
        return ""


def _linked(paragraph: str, ink: str) -> SafeString:
    """Escaped, with its links as links and its lines as lines."""
    written, end = "", 0
    for found in _LINK.finditer(paragraph):
        written += escape(paragraph[end : found.start()])
        written += format_html('<a class="link" href="{}" style="{}">{}</a>', found[0], _link_style(ink), found[0])
        end = found.end()
    written += escape(paragraph[end:])
    return mark_safe(written.replace("\n", "<br>\n"))  # noqa: S308 - each piece was escaped above


def _link_style(ink: str) -> str:
    return f"color:{ink};word-break:break-word"
