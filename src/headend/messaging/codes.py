"""One-time codes: whoever can read what was sent to a phone may act for it."""

import secrets
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from headend.lib import clock
from headend.lib.refused import Refused
from headend.messaging import messages
from headend.messaging.models import OneTimeCode
from headend.messaging.rules import Code
from headend.system import throttles
from headend.system.models import Organization

DIGITS: Final = 6
VALID_SECONDS: Final = 600
TRIES: Final = 5
SENT_AT_MOST: Final = 3
WINDOW_SECONDS: Final = 900


def send(*, organization: Organization, purpose: str, phone: str) -> None:
    """Sends a new code to `phone` (E.164); an older one is good no more. Call it outside a transaction.

    Refuses `no_carrier`, `codes_too_many`.
    """
    if not throttles.hit(key=f"code:{organization.pk}:{phone}", limit=SENT_AT_MOST, window_seconds=WINDOW_SECONDS):
        raise Refused(Code.CODES_TOO_MANY)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    text = _("%(name)s: your code is %(code)s. It is good for 10 minutes. Tell it to nobody.")
    with transaction.atomic():
        OneTimeCode.objects.update_or_create(
            organization=organization,
            purpose=purpose,
            address=phone,
            defaults={
                "digest": _digest(organization, purpose, phone, code),
                "expires_at": clock.now() + timedelta(seconds=VALID_SECONDS),
                "tries": 0,
                "created_at": clock.now(),
            },
        )
        is_queued = messages.queue(
            organization=organization,
            kind="one_time_code",
            to=phone,
            body=text % {"name": organization.name, "code": code},
            shown=text % {"name": organization.name, "code": "••••"},
        )
        if not is_queued:
            raise Refused(Code.NO_CARRIER)


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


def _digest(organization: Organization, purpose: str, phone: str, code: str) -> str:
    return salted_hmac("messaging.codes", f"{organization.pk}:{purpose}:{phone}:{code}", algorithm="sha256").hexdigest()
