"""One-time codes: whoever can read what was sent to a phone may act for it.

Strangers have them sent and the organization pays, so their number is bounded: who is paid for each SMS to a number of his
own asks for thousands.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from babel import Locale
from django.db import transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac

from headend.lib import braces, clock
from headend.lib import phone as phones
from headend.lib.refused import Refused
from headend.messaging import happenings, messages, texts
from headend.messaging.catalogue import people, places
from headend.messaging.models import Channel, OneTimeCode
from headend.messaging.rules import Code
from headend.system import events, throttles
from headend.system.models import Event, Organization

# What the codes of more than one sender are for.
PORTAL_PASSWORD: Final = "portal_password"  # noqa: S105 - a purpose, not a password
DIGITS: Final = 6
VALID_SECONDS: Final = 600
TRIES: Final = 5
SENT_AT_MOST: Final = 3
WINDOW_SECONDS: Final = 900
SENT_A_DAY: Final = 10
# Numbers that differ in these last digits alone were likely given out together.
RANGE_DIGITS: Final = 4
SENT_TO_RANGE: Final = 20
SENT_OF_ORGANIZATION: Final = 200
_HOUR_SECONDS: Final = 60 * 60
_DAY_SECONDS: Final = 24 * 60 * 60


def send(*, organization: Organization, purpose: str, phone: str) -> None:
    """Sends a new code to `phone` (E.164); an older one is good no more. Call it outside a transaction.

    Refuses `no_carrier`, `codes_too_many`, and what `refuse_to` refuses.
    """
    refuse_to(organization=organization, phone=phone)
    _count(organization, phone)
    text = str(texts.of(organization).text(people.CODE, Channel.SMS).body)
    with transaction.atomic():
        code = issue(organization=organization, purpose=purpose, phone=phone, valid=timedelta(seconds=VALID_SECONDS))
        values = {**places.common(None, organization), "code": code}
        is_queued = messages.queue(
            organization=organization,
            kind=people.CODE.code,
            lane=people.CODE.lane,
            to=phone,
            body=braces.fill(text, values),
            shown=braces.fill(text, places.dotted(values)),
        )
        if not is_queued:
            raise Refused(Code.NO_CARRIER)


def issue(*, organization: Organization, purpose: str, phone: str, valid: timedelta) -> str:
    """A new code for `phone` (E.164), to be put into a message in the same transaction; an older one is good no more."""
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    OneTimeCode.objects.update_or_create(
        organization=organization,
        purpose=purpose,
        address=phone,
        defaults={
            "digest": _digest(organization, purpose, phone, code),
            "expires_at": clock.now() + valid,
            "tries": 0,
            "created_at": clock.now(),
        },
    )
    return code


def refuse_to(*, organization: Organization, phone: str) -> None:
    """Refuses what would be refused of any phone, whoever has it: `code_abroad`, `codes_paused`."""
    allowed = [organization.country, *organization.code_countries.split()]
    if phones.country_of(phone) not in allowed:
        names = Locale.parse(organization.language, sep="-").territories
        raise Refused(Code.CODE_ABROAD, field="phone", countries=", ".join(names.get(code, code) for code in allowed))
    for bound in _bounds(organization, phone):
        if throttles.is_full(key=bound.key, limit=bound.most):
            raise Refused(Code.CODES_PAUSED, field="phone")


def pauses(organization: Organization) -> list[Event]:
    """The hours of the last day in which codes were held back, newest first."""
    now = clock.now()
    hours = [_hour(now - timedelta(hours=back)) for back in range(24)]
    kinds = (happenings.CODES_PAUSED.kind, happenings.CODES_RANGE_PAUSED.kind)
    keys = [f"{kind}:{organization.pk}:{hour}" for hour in hours for kind in kinds]
    return list(Event.objects.filter(unique_key__in=keys).order_by("-at"))


def check(*, organization: Organization, purpose: str, phone: str, code: str) -> None:
    """Accepts a code once. Call it outside a transaction: a wrong try must count. Refuses `code_wrong`."""
    now = clock.now()
    rows = OneTimeCode.objects.filter(organization=organization, purpose=purpose, address=phone, expires_at__gt=now)
    # Counted before it is compared, by one statement: many tries at once count each.
    if not rows.filter(tries__lt=TRIES).update(tries=F("tries") + 1):
        raise Refused(Code.CODE_WRONG, field="code")
    typed = "".join(character for character in code if character.isdigit())
    kept = rows.first()
    if kept is None or not constant_time_compare(kept.digest, _digest(organization, purpose, phone, typed)):
        raise Refused(Code.CODE_WRONG, field="code")
    if not rows.filter(digest=kept.digest).delete()[0]:
        raise Refused(Code.CODE_WRONG, field="code")


def forget() -> None:
    """Deletes the codes that are too old."""
    OneTimeCode.objects.filter(expires_at__lt=clock.now()).delete()


def _count(organization: Organization, phone: str) -> None:
    of_phone = f"code:{organization.pk}:{phone}"
    if not throttles.hit(key=of_phone, limit=SENT_AT_MOST, window_seconds=WINDOW_SECONDS):
        raise Refused(Code.CODES_TOO_MANY)
    if not throttles.hit(key=f"code:{organization.pk}:day:{phone}", limit=SENT_A_DAY, window_seconds=_DAY_SECONDS):
        raise Refused(Code.CODES_TOO_MANY)
    for bound in _bounds(organization, phone):
        if not throttles.hit(key=bound.key, limit=bound.most, window_seconds=_HOUR_SECONDS):
            raise Refused(Code.CODES_PAUSED, field="phone")
        if throttles.is_full(key=bound.key, limit=bound.most):
            _say_paused(organization, bound)


@dataclass(frozen=True, slots=True)
class _Bound:
    """At most so many codes in an hour, to `numbers` that begin so or, where that is empty, of the whole organization."""

    key: str
    most: int
    numbers: str = ""


def _bounds(organization: Organization, phone: str) -> tuple[_Bound, _Bound]:
    numbers = phone[:-RANGE_DIGITS]
    return (
        _Bound(f"code:{organization.pk}:all", SENT_OF_ORGANIZATION),
        _Bound(f"code:{organization.pk}:range:{numbers}", SENT_TO_RANGE, numbers),
    )


def _say_paused(organization: Organization, bound: _Bound) -> None:
    """Once an hour: nothing more is sent in it, to these numbers or at all."""
    happening = happenings.CODES_RANGE_PAUSED if bound.numbers else happenings.CODES_PAUSED
    events.record(
        happening(codes=bound.most, range=bound.numbers),
        organization=organization,
        subject=organization,
        by=None,
        unique_key=f"{happening.kind}:{organization.pk}:{_hour(clock.now())}",
    )


def _hour(instant: datetime) -> str:
    return instant.strftime("%Y%m%d%H")


def _digest(organization: Organization, purpose: str, phone: str, code: str) -> str:
    return salted_hmac("messaging.codes", f"{organization.pk}:{purpose}:{phone}:{code}", algorithm="sha256").hexdigest()
