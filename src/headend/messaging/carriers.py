"""Who carries messages: set up, looked up, tried, and spoken to."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from headend.lib import clock, ids
from headend.lib.refused import Refused
from headend.messaging import happenings, setups
from headend.messaging.gateways import ADAPTERS, PLACES, READERS
from headend.messaging.gateways.adapter import Adapter, Target
from headend.messaging.models import Carrier, CarrierKind, Channel, Message
from headend.messaging.rules import Code
from headend.messaging.setups import CHANNELS, Setup
from headend.system import events, jobs, lengths, sealing
from headend.system.events import Happened
from headend.system.jobs import Kind
from headend.system.models import Organization, Staff

ASK_CREDIT: Final = Kind("ask_credit")
# These send no id of ours twice.
KNOW_OURS: Final = [kind for kind, adapter in ADAPTERS.items() if adapter.KNOWS_OURS]
# So many times in a row a carrier may not answer before it is left alone.
TROUBLES_BORNE: Final = 3
TROUBLES_COUNTED: Final = 20
PAUSE_FIRST_SECONDS: Final = 15
PAUSE_LONGEST_SECONDS: Final = 300
_TROUBLES: Final = ("throttled", "silent", "unreachable", "trouble", "greeting", "hung", "certificate", "tls")
# What of a description says where the key goes.
KEY_GOES_INTO: Final = ("method", "headers", "body", "ask_url", "credit_url")
_TABLE: Final = "messaging_carrier"


def set_up(*, organization: Organization, setup: Setup, by: Staff | None) -> Carrier:
    """The carrier of a channel of the organization, which has one of each: the first, or another in the place of the present one.

    Refuses `carrier_address_wrong`, `carrier_inside`, `carrier_key_missing`, `carrier_header_wrong`, `place_unknown`,
    `carrier_text_missing`, `mail_server_wrong`, `mail_login_open`, `mail_address_wrong`, `carrier_elsewhere`,
    `text_long`.
    """
    channel = CHANNELS[setup.kind]
    setup = setups.looked_at(setup, is_bounded=_is_bounded(setup.kind))
    with transaction.atomic():
        # Two who set one up at once: the second changes what the first has made.
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        present = Carrier.objects.filter(organization=organization, channel=channel).first()
        carrier = present or Carrier(organization=organization, channel=channel)
        # A mail server may take mail from whom it does not know.
        needs_key = channel != Channel.EMAIL or setup.account != ""
        if needs_key and not setup.key and not has_key(carrier, setup):
            raise Refused(Code.CARRIER_KEY_MISSING, field="key")
        if (carrier.kind, carrier.base_url) != (setup.kind, setup.base_url):
            # What the former one knows leads nowhere any more.
            carrier.report_token, carrier.since_at = ids.token(), clock.now()
            Message.objects.filter(organization=organization, channel=channel, ask_at__isnull=False).update(ask_at=None)
        for name in ("kind", "base_url", "account", "sender", "name", "options", "credit_least"):
            setattr(carrier, name, getattr(setup, name))
        carrier.is_on, carrier.credit, carrier.credit_at, carrier.has_no_credit = True, "", None, False
        carrier.troubles, carrier.paused_until = 0, None
        if setup.key or not needs_key:
            _fill(carrier, setup.key if needs_key else "")
        lengths.refuse_long(carrier)
        carrier.save()
        happening = happenings.CARRIER_CHANGED if present else happenings.CARRIER_ADDED
        _record(happening, carrier, by)
        ask_credit(carrier)
    return carrier


def has_key(carrier: Carrier | None, setup: Setup) -> bool:
    """Whether the key that is kept is for what is set up now: it must not go to another address, nor into a text for somebody else."""
    if carrier is None or carrier.pk is None or (carrier.kind, carrier.base_url) != (setup.kind, setup.base_url):
        return False
    is_same = carrier.kind != CarrierKind.HTTP or all(
        carrier.options.get(name, "") == setup.options.get(name, "") for name in KEY_GOES_INTO
    )
    return is_same and (carrier.channel != Channel.EMAIL or carrier.account != "")


def add(*, organization: Organization, kind: str, base_url: str, sender: str, key: str, by: Staff | None) -> Carrier:
    """A carrier of SMS of which no more needs to be told. Refuses what `set_up` refuses."""
    return set_up(organization=organization, setup=Setup(kind, base_url, key=key, sender=sender), by=by)


def switch(*, carrier: Carrier, is_on: bool, by: Staff | None) -> None:
    """Nothing is sent by its channel while it is off. Where it stands so already, nothing happens."""
    with transaction.atomic():
        if Carrier.objects.filter(pk=carrier.pk, is_on=not is_on).update(is_on=is_on):
            _record(happenings.CARRIER_SWITCHED_ON if is_on else happenings.CARRIER_SWITCHED_OFF, carrier, by)


def move(*, carrier: Carrier, base_url: str, key: str) -> None:
    """Another address and key of the same carrier."""
    carrier.base_url = base_url.rstrip("/")
    _fill(carrier, key)
    carrier.save(update_fields=["base_url", "key_sealed"])


def of(organization: Organization, channel: str = Channel.SMS) -> Carrier | None:
    """The carrier of a channel, or none; one that is switched off is none."""
    return Carrier.objects.filter(organization=organization, channel=channel, is_on=True).first()


def kept_of(organization: Organization, channel: str = Channel.SMS) -> Carrier | None:
    """The carrier of a channel that was set up, also one that is switched off."""
    return Carrier.objects.filter(organization=organization, channel=channel).select_related("organization").first()


def report_url(carrier: Carrier) -> str:
    """Where the carrier tells what becomes of messages, and what people write back. Whoever knows it can say anything of them."""
    return f"{settings.PUBLIC_URL}/callbacks/sms/{carrier.kind}/{carrier.report_token}/"


def is_public() -> bool:
    """Whether a carrier can reach us, as far as our address tells."""
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    return "." in host and not setups.is_inside(host)


def by_token(*, kind: str, token: str) -> Carrier | None:
    """The carrier whose address ends in `token`; None for a forged one."""
    rows = Carrier.objects.filter(kind=kind, report_token=token, channel=Channel.SMS).select_related("organization")
    return rows.first() if kind in READERS else None


def note(carrier: Carrier, reason: str) -> None:
    """Writes down whether a carrier answers. One that did not several times in a row gets nothing but codes for a while.

    So the threads that hand messages over are there for the others, and what waits is not tried in vain.
    """
    has_no_credit = reason == "credit"
    if carrier.has_no_credit != has_no_credit and reason in ("", "credit"):
        Carrier.objects.filter(pk=carrier.pk).update(has_no_credit=has_no_credit)
    if reason not in _TROUBLES:
        if carrier.troubles:
            Carrier.objects.filter(pk=carrier.pk).update(troubles=0, paused_until=None)
        return
    troubles = carrier.troubles + 1
    pause = min(PAUSE_FIRST_SECONDS * 2 ** max(0, troubles - TROUBLES_BORNE), PAUSE_LONGEST_SECONDS)
    until = clock.now() + timedelta(seconds=pause) if troubles >= TROUBLES_BORNE else None
    Carrier.objects.filter(pk=carrier.pk).update(troubles=min(troubles, TROUBLES_COUNTED), paused_until=until)


def paused(now: datetime) -> set[tuple[str, int]]:
    """The carriers that get nothing at the moment, as channel and organization."""
    return set(Carrier.objects.filter(paused_until__gt=now).values_list("channel", "organization"))


def speak(carrier: Carrier) -> tuple[Adapter, Target]:
    """What speaks to a carrier, and where it is. Raises SealingError where its key cannot be opened."""
    key = sealing.open_text(table=_TABLE, column="key", uid=carrier.uid, sealed=carrier.key_sealed)
    target = Target(
        carrier.base_url,
        key,
        carrier.sender,
        account=carrier.account,
        is_bounded=_is_bounded(carrier.kind),
        options=carrier.options,
    )
    return ADAPTERS[carrier.kind], target


def ask_credit(carrier: Carrier, *, delay_seconds: float = 0) -> None:
    """Has the worker ask what is left to send with, where the carrier tells."""
    if carrier.kind in PLACES or carrier.options.get("credit_url"):
        key = f"credit:{carrier.pk}"
        jobs.queue(ASK_CREDIT, lane="bulk", delay_seconds=delay_seconds, unique_key=key, carrier_id=carrier.pk)


def _is_bounded(kind: str) -> bool:
    """The practice carriers are of this machine; where any other is, an owner says."""
    return kind not in (CarrierKind.FAKE, CarrierKind.PRACTICE_MAIL) and not settings.MAY_REACH_INSIDE


def _record(happening: Callable[..., Happened], carrier: Carrier, by: Staff | None) -> None:
    happened = happening(kind=carrier.kind, channel=carrier.channel)
    events.record(happened, organization=carrier.organization, subject=carrier, by=by)


def _fill(carrier: Carrier, key: str) -> None:
    carrier.key_sealed = sealing.seal_text(table=_TABLE, column="key", uid=carrier.uid, text=key)
