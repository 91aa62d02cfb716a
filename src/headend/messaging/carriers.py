"""Who carries messages: set up, looked up, tried, and spoken to."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from headend.lib import address, clock
from headend.lib.refused import Refused
from headend.messaging import happenings
from headend.messaging.gateways import ADAPTERS, PLACES, http
from headend.messaging.gateways.adapter import Adapter, Target
from headend.messaging.models import Carrier, CarrierKind, Channel
from headend.messaging.rules import Code
from headend.system import events, jobs, lengths, sealing
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
_TROUBLES: Final = ("throttled", "silent", "unreachable", "trouble")
_TABLE: Final = "messaging_carrier"


@dataclass(frozen=True, slots=True)
class Setup:
    """What is told of a carrier. An empty `base_url` is where everybody reaches it, an empty `key` the present one."""

    kind: str
    base_url: str = ""
    account: str = ""
    key: str = ""
    sender: str = ""
    name: str = ""
    options: dict[str, str] = field(default_factory=dict)


def set_up(*, organization: Organization, setup: Setup, by: Staff | None) -> Carrier:
    """The carrier of SMS of the organization, which has one: the first, or another in the place of the present one.

    Refuses `carrier_address_wrong`, `carrier_inside`, `carrier_key_missing`, `carrier_header_wrong`, `carrier_placeholder_unknown`,
    `carrier_text_missing`, `text_long`.
    """
    base_url = setup.base_url.strip() or PLACES.get(setup.kind, "")
    # Keys are copied, and what was copied with one is no part of it.
    key = setup.key.strip()
    if setup.kind != CarrierKind.HTTP:
        base_url = base_url.rstrip("/")
    _refuse_address(base_url, is_bounded=_is_bounded(setup.kind))
    if setup.kind == CarrierKind.HTTP:
        _refuse_description(base_url, setup.options)
    with transaction.atomic():
        # Two who set one up at once: the second changes what the first has made.
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        present = Carrier.objects.filter(organization=organization, channel=Channel.SMS).first()
        carrier = present or Carrier(organization=organization, channel=Channel.SMS)
        # A key is for whom it was given: it must not go to another address.
        is_elsewhere = (carrier.kind, carrier.base_url) != (setup.kind, base_url)
        if not key and (present is None or is_elsewhere):
            raise Refused(Code.CARRIER_KEY_MISSING, field="key")
        for name in ("kind", "account", "sender", "name", "options"):
            setattr(carrier, name, getattr(setup, name))
        carrier.is_on, carrier.credit, carrier.credit_at = True, "", None
        carrier.troubles, carrier.paused_until = 0, None
        carrier.base_url = base_url
        _fill(carrier, key)
        lengths.refuse_long(carrier)
        carrier.save()
        happening = happenings.CARRIER_CHANGED if present else happenings.CARRIER_ADDED
        events.record(happening(kind=setup.kind), organization=organization, subject=carrier, by=by)
        if setup.kind in PLACES:
            jobs.queue(ASK_CREDIT, lane="bulk", unique_key=f"credit:{carrier.pk}", carrier_id=carrier.pk)
    return carrier


def add(*, organization: Organization, kind: str, base_url: str, sender: str, key: str, by: Staff | None) -> Carrier:
    """A carrier of SMS of which no more needs to be told. Refuses what `set_up` refuses."""
    return set_up(organization=organization, setup=Setup(kind, base_url, key=key, sender=sender), by=by)


def switch(*, carrier: Carrier, is_on: bool, by: Staff | None) -> None:
    """Nothing is sent by SMS while it is off. Where it stands so already, nothing happens."""
    with transaction.atomic():
        if Carrier.objects.filter(pk=carrier.pk, is_on=not is_on).update(is_on=is_on):
            happening = happenings.CARRIER_SWITCHED_ON if is_on else happenings.CARRIER_SWITCHED_OFF
            events.record(happening(kind=carrier.kind), organization=carrier.organization, subject=carrier, by=by)


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


def note(carrier: Carrier, reason: str) -> None:
    """Writes down whether a carrier answers. One that did not several times in a row gets nothing but codes for a while.

    So the threads that hand messages over are there for the others, and what waits is not tried in vain.
    """
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


def ask_credit(*, carrier_id: int) -> None:
    """Asks the carrier what is left to send with, and writes it down. Call it outside any transaction."""
    carrier = Carrier.objects.filter(pk=carrier_id, is_on=True).first()
    if carrier is None:
        return
    adapter, target = speak(carrier)
    credit = adapter.credit(target)
    if credit:
        # Of the carrier that was asked: meanwhile there may be another.
        same = Carrier.objects.filter(pk=carrier.pk, kind=carrier.kind, key_sealed=carrier.key_sealed)
        same.update(credit=credit, credit_at=clock.now())


def _is_bounded(kind: str) -> bool:
    """The practice carrier is of this machine; where any other is, an owner says."""
    return kind != CarrierKind.FAKE and not settings.MAY_REACH_INSIDE


def _refuse_address(base_url: str, *, is_bounded: bool) -> None:
    """What can be seen without looking the host up; that is done at each use."""
    try:
        parts = urlsplit(base_url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused(Code.CARRIER_ADDRESS_WRONG, field="base_url") from None
    is_whole = parts.scheme in ("http", "https") and host and "@" not in parts.netloc
    if not is_whole or not base_url.isascii() or not base_url.isprintable() or " " in base_url:
        raise Refused(Code.CARRIER_ADDRESS_WRONG, field="base_url")
    if is_bounded and (host == "localhost" or _is_inside(host)):
        raise Refused(Code.CARRIER_INSIDE, field="base_url")


def _is_inside(host: str) -> bool:
    try:
        return address.is_inside(str(ip_address(host)))
    except ValueError:
        return False


def _refuse_description(base_url: str, options: dict[str, str]) -> None:
    try:
        http.headers_of(options["headers"])
    except ValueError as error:
        raise Refused(Code.CARRIER_HEADER_WRONG, field="headers", line=str(error)) from None
    for name, text in (("base_url", base_url), ("headers", options["headers"]), ("body", options["body"])):
        unknown = http.unknown_in(text)
        if unknown:
            known = ", ".join(f"{{{each}}}" for each in http.PLACEHOLDERS)
            raise Refused(Code.CARRIER_PLACEHOLDER_UNKNOWN, field=name, name=unknown, known=known)
    whole = base_url + options["body"]
    if "{text}" not in whole or not ("{to}" in whole or "{digits}" in whole):
        raise Refused(Code.CARRIER_TEXT_MISSING, field="body")


def _fill(carrier: Carrier, key: str) -> None:
    if key:
        carrier.key_sealed = sealing.seal_text(table=_TABLE, column="key", uid=carrier.uid, text=key)
