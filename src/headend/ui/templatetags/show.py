"""How values are written on pages: bytes, money, times in the organization's zone, states. A builtin library."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlencode

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_skeleton, format_time, format_timedelta
from babel.numbers import format_decimal
from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.template import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext

from headend.access.models import Voucher
from headend.lib import clock, ids, units
from headend.lib import mac as macs
from headend.lib import money as amounts
from headend.lib import phone as phones
from headend.messaging import catalogue, reasons
from headend.system import logos
from headend.system.models import Organization
from headend.ui import brand, contact, states

# From here on lists say "10,000+": nobody needs the rest, and counting them costs.
COUNTED: Final = 10_000

_NOUGHT_CENTS: Final = re.compile(r"[.,]0+(?=\D*$)")
_CODE_BEFORE_FIGURE: Final = re.compile(r"(?<=[A-Z])(?=[\d−])")

register = template.Library()


@register.filter
def why(error: str) -> str:
    """What went wrong with a message."""
    return reasons.why(error)


@register.filter
def about(kind: str) -> str:
    """What a message is about."""
    return str(catalogue.label(kind))


@register.filter(name="bytes")
def show_bytes(count: int | None) -> str:
    """A number of bytes with its unit: `148 GB`."""
    return "" if count is None else units.show_bytes(count)


@register.filter
def gigabytes(count: int | None) -> str:
    """A number of bytes in GB, for a column whose head names the unit: `1,904.7`."""
    return format_decimal((count or 0) / units.GIGABYTE, format="#,##0.0", locale=_locale())


@register.filter
def rate(kbps: int | None) -> str:
    """A speed: `10M`; *Unlimited* where there is no limit."""
    return gettext("Unlimited") if kbps is None else units.show_rate(kbps)


@register.filter
def duration(seconds: int | None) -> str:
    """A duration: `3h 05m`."""
    return "" if seconds is None else units.show_seconds(seconds)


@register.filter
def count(number: int | None) -> str:
    """A number with its thousands parted."""
    return format_decimal(number or 0, locale=_locale())


@register.filter
def counted(number: int) -> str:
    """A number of rows: beyond what is counted it says so with a plus."""
    return count(COUNTED) + "+" if number > COUNTED else count(number)


@register.filter
def money(minor: int | None, currency: str) -> str:
    """Minor units as `KES 2,500.00`, with a true minus."""
    if minor is None:
        return ""
    # A code before its figure is parted from it, and stays on its line.
    return _CODE_BEFORE_FIGURE.sub("\u00a0", amounts.show(minor, currency, _language()).replace("-", "−"))


@register.filter
def owed(balance_minor: int) -> int:
    """What a balance below zero comes to, for a sentence that says that it is owed."""
    return -balance_minor


@register.filter
def price(minor: int | None, currency: str) -> str:
    """Minor units for a column whose head names the currency: `2,500`, with the cents only where there are some."""
    if minor is None:
        return ""
    plain = amounts.plain(minor, currency)
    whole, _dot, cents = plain.partition(".")
    figure = format_decimal(int(whole), locale=_locale())
    return f"{figure}.{cents}" if cents.strip("0") else figure


@register.filter
def figure(minor: int | None, currency: str) -> str:
    """Minor units for a column whose head names the currency: `2,500.00`, with a true minus, and always with the cents."""
    if minor is None:
        return ""
    plain = amounts.plain(minor, currency)
    _whole, dot, cents = plain.partition(".")
    pattern = f"#,##0{dot}{'0' * len(cents)}"
    return str(format_decimal(Decimal(plain), format=pattern, locale=_locale())).replace("-", "−")


@register.filter
def cost(minor: int, currency: str) -> str:
    """What a guest pays: `KES 50`, with the cents only where there are some; *Free* for nothing."""
    if minor == 0:
        return gettext("Free")
    text = money(minor, currency)
    # Only where the currency has cents: "5,000" of one that has none ends in three noughts too.
    return _NOUGHT_CENTS.sub("", text) if "." in amounts.plain(minor, currency) else text


@register.filter
def code_for(voucher: Voucher, rights: Mapping[str, bool]) -> str:
    """A voucher's code for staff of these rights. One that was never used is as good as money, because our own pages let in
    whoever enters it: who may not issue vouchers sees its last two signs.
    """
    return voucher.code if voucher.first_used_at or rights["vouchers_issue"] else hidden_code(voucher.code)


@register.filter
def tried_for(name: str, rights: Mapping[str, bool]) -> str:
    """A name that somebody tried to log in with. It may be the code of a voucher that was never used: see `code_for`."""
    code = "" if rights["vouchers_issue"] else ids.voucher_code(name)
    return hidden_code(code) if code else name


def hidden_code(code: str) -> str:
    """What is shown of a code in its place."""
    return f"••••-••{code[-2:]}"


@register.filter
def validity(terms: Any) -> str:
    """How long a plan or a package runs: `1 month`, `24 hours`."""
    return _length(terms.validity_count, terms.validity_unit)


@register.filter
def terms(plan: Any) -> str:
    """What a plan gives, as a guest reads it: `24 hours, 2 GB, 8 hours online, 4 Mbit/s, 2 devices`."""
    parts = [validity(plan)]
    if plan.cap_bytes is not None:
        figure, unit = units.split_bytes(plan.cap_bytes)
        parts.append(f"{figure.removesuffix('.0')} {unit}")
    if plan.time_limit_seconds is not None:
        hours, rest = divmod(plan.time_limit_seconds, 3600)
        online = _length(plan.time_limit_seconds // 60, "minutes") if rest else _length(hours, "hours")
        parts.append(gettext("%(time)s online") % {"time": online})
    if plan.download_kbps is not None:
        parts.append(speed(plan.download_kbps))
    if plan.simultaneous_use > 1:
        devices = ngettext("%(n)s device", "%(n)s devices", plan.simultaneous_use)
        parts.append(devices % {"n": count(plan.simultaneous_use)})
    # A figure stays beside its unit where the line is broken.
    return ", ".join(part.replace(" ", "\u00a0") for part in parts)


@register.filter
def staff_terms(plan: Any) -> str:
    """The same as staff and their routers say it: `10M down, 3M up, 300 GB, 1 month`."""
    speeds = gettext("unlimited speed")
    if plan.download_kbps is not None or plan.upload_kbps is not None:
        speeds = gettext("%(down)s down, %(up)s up") % {"down": rate(plan.download_kbps), "up": rate(plan.upload_kbps)}
    parts = [speeds]
    if plan.cap_bytes is not None:
        parts.append(units.show_bytes(plan.cap_bytes))
    if plan.time_limit_seconds is not None:
        parts.append(gettext("%(time)s online") % {"time": units.show_seconds(plan.time_limit_seconds)})
    return ", ".join([*parts, validity(plan)])


@register.filter
def speed(kbps: int) -> str:
    """A speed with its whole unit, for those who buy it: `4 Mbit/s`."""
    if kbps < units.KILO:
        return f"{kbps} kbit/s"
    return f"{format_decimal(kbps / units.KILO, format='#,##0.#', locale=_locale())} Mbit/s"


@register.filter
def mac(digits: str) -> str:
    """A MAC with its colons; other text as it is."""
    return macs.pretty(digits)


@register.filter
def ending(cause: str) -> str:
    """Why a session ended, in words."""
    return str(states.ENDS.get(cause) or gettext("Ended"))


@register.filter
def phone(e164: str, country: str) -> str:
    """A phone number as people of the country write it."""
    return phones.pretty(e164, country)


@register.filter
def tel_url(typed: str, country: str) -> str:
    """What a phone dials when somebody taps a number that stands in the settings as it was typed."""
    return contact.dial(typed, country)


@register.filter
def moment(instant: datetime | None) -> str:
    """An instant in the organization's zone: `today 14:01`, `yesterday 09:00`, `14 Mar 09:02`, `14 Mar 2025`."""
    if instant is None:
        return ""
    local, today = timezone.localtime(instant), timezone.localtime(clock.now()).date()
    if local.date() == today:
        return gettext("today %(time)s") % {"time": _time(local)}
    if local.date() == today - timedelta(days=1):
        return gettext("yesterday %(time)s") % {"time": _time(local)}
    return day(instant) if local.year != today.year else f"{day(instant)} {_time(local)}"


@register.filter
def until(instant: datetime | None) -> str:
    """When something ends, in the organization's zone: where a day and its end are one, that whole day: `5 Dec`.

    What ends at midnight lasts through the day before; nobody would look for it under the day on which it is over.
    """
    if instant is None:
        return ""
    last = _last_day(instant)
    return moment(instant) if last is None else day(last)


@register.filter
def precisely(instant: datetime | None) -> str:
    """An instant with its day and seconds, in the organization's zone."""
    if instant is None:
        return ""
    local = timezone.localtime(instant)
    return f"{format_skeleton('yMMMd', local.replace(tzinfo=None), locale=_locale())} {_time(local, seconds=True)}"


@register.filter
def day(value: datetime | date | None) -> str:
    """A day: `14 Mar`, with its year where it is another than this."""
    if value is None:
        return ""
    local = timezone.localtime(value).date() if isinstance(value, datetime) else value
    skeleton = "MMMd" if local.year == timezone.localtime(clock.now()).year else "yMMMd"
    return str(format_skeleton(skeleton, datetime(local.year, local.month, local.day), locale=_locale()))  # noqa: DTZ001 - a day


@register.filter
def today_in_words(instant: datetime) -> str:
    """A day as a page's head names it: `Sunday 22 November`."""
    return str(format_skeleton("EEEEMMMMd", timezone.localtime(instant).replace(tzinfo=None), locale=_locale()))


@register.filter
def time_of_day(instant: datetime | None) -> str:
    """The time of an instant in the organization's zone: `14:06`."""
    return "" if instant is None else _time(timezone.localtime(instant))


@register.filter
def age(instant: datetime | None) -> str:
    """How long ago an instant was: `12 minutes`."""
    if instant is None:
        return ""
    return str(format_timedelta(clock.now() - instant, locale=_locale(), threshold=1.2))


@register.filter
def city(zone: str) -> str:
    """`Africa/Dar_es_Salaam` as `Dar es Salaam`."""
    return zone.rpartition("/")[2].replace("_", " ")


@register.filter
def percent_of(part: int, whole: int | None) -> int:
    """How much `part` is of `whole`, from 0 to 100."""
    return min(100, part * 100 // whole) if whole else 0


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite. Without a label it is decoration; with one it stands alone and is read out."""
    return _icon(name, str(label))


@register.simple_tag
def state(code: str, when: Any = None, *, tint: Any = False, text: str = "") -> SafeString:
    """A state by its code: icon, word and colour. `when` fills the day or time that its words name."""
    drawn = states.STATES[code]
    words = text or str(drawn.text) % {"when": _when(when)}
    return badge(drawn.tone, drawn.icon, words.strip(), tint=tint)


@register.simple_tag
def badge(tone: str, glyph: str, words: str, *, tint: Any = False) -> SafeString:
    """An icon and a word in the colour of a tone: how every state is drawn."""
    css = " ".join(filter(None, ["state", tone, "tint" if tint else ""]))
    return format_html('<span class="{}">{}{}</span>', css, _icon(glyph, ""), words)


@register.simple_tag
def logo(organization: Organization) -> SafeString:
    """The logo of an organization; without one, its first letter on its colour. Its name stands beside it."""
    picture = logos.of(organization)
    if picture is not None:
        place = reverse("brand:logo", args=[organization.slug, picture.digest, picture.extension])
        size = (picture.width_px, picture.height_px)
        return format_html('<img class="logo" src="{}" width="{}" height="{}" alt="">', place, *size)
    return format_html(
        '<svg class="logo" viewBox="0 0 28 28" aria-hidden="true"><rect width="28" height="28" rx="5"/>'
        '<text x="14" y="20">{}</text></svg>',
        organization.name[:1].upper(),
    )


@register.simple_tag
def ask_us(organization: Organization) -> SafeString:
    """Where somebody is to ask, as a sentence: *Call 0709 118 000.*, or *Ask at the counter.*"""
    return contact.where(organization)


@register.simple_tag
def theme_url(organization: Organization) -> str:
    """Where the stylesheet with the organization's colour is; the address changes with the colour."""
    return reverse("brand:theme", args=[organization.slug, brand.digest(organization.accent)])


@register.simple_tag(takes_context=True)
def way(context: Context, name: str, *args: Any) -> str:
    """The address of a page for customers, in the organization of the page; a visit that began at a hotspot goes along."""
    place = reverse(name, args=[context["organization"].slug, *args])
    visit = context.get("visit")
    return f"{place}?{urlencode({'visit': visit})}" if visit else place


@register.filter
def control(field: BoundField) -> SafeString:
    """A form field's control with the classes of our stylesheet; Django adds the aria attributes."""
    widget = field.field.widget
    if isinstance(widget, (CheckboxInput, RadioSelect, CheckboxSelectMultiple)):
        return field.as_widget()
    return field.as_widget(attrs={"class": f"input {widget.attrs.get('class', '')}".strip()})


@register.filter
def widget_kind(field: BoundField) -> str:
    """What a field's control is, for the field's template: `tick`, `choices` or `input`."""
    widget = field.field.widget
    if isinstance(widget, (RadioSelect, CheckboxSelectMultiple)):
        return "choices"
    return "tick" if isinstance(widget, CheckboxInput) else "input"


@register.filter
def item(mapping: Any, key: Any) -> Any:
    """A form's field by its name."""
    return mapping[key]


@register.filter
def either(first: Any, second: Any) -> Any:
    """The first value unless it is empty."""
    return first or second


@register.filter
def entry(mapping: Any, key: Any) -> Any:
    """An entry of a mapping, or None."""
    return mapping.get(key)


@lru_cache(maxsize=512)
def _icon(name: str, label: str) -> SafeString:
    meaning = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="icon" {}><use href="{}#{}"/></svg>', meaning, static("headend/icons.svg"), name)


def _length(number: int, unit: str) -> str:
    words = {
        "minutes": ngettext("%(n)s minute", "%(n)s minutes", number),
        "hours": ngettext("%(n)s hour", "%(n)s hours", number),
        "days": ngettext("%(n)s day", "%(n)s days", number),
        "months": ngettext("%(n)s month", "%(n)s months", number),
    }
    return words[unit] % {"n": count(number)}


def _when(value: Any) -> str:
    if isinstance(value, datetime):
        return day(_last_day(value) or value)
    return day(value) if isinstance(value, date) else str(value or "")


def _last_day(end: datetime) -> date | None:
    return clock.last_day(end, timezone.get_current_timezone_name())


def _time(local: datetime, *, seconds: bool = False) -> str:
    style = "HH:mm:ss" if seconds else "HH:mm"
    return str(format_time(local.replace(tzinfo=None), format=style, locale=_locale()))


def _language() -> str:
    return (get_language() or "en").replace("-", "_")


def _locale() -> Locale:
    return _locale_of(_language())


@lru_cache(maxsize=32)
def _locale_of(language: str) -> Locale:
    # Plain English has American dates; operators of our countries write the day first.
    try:
        return Locale.parse("en_GB" if language == "en" else language)
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")
