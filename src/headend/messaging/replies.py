"""What people write to an organization: kept with the messages, and STOP and START are obeyed.

Nothing is answered: each answer costs, two machines would answer each other for ever, and where the law asks for a confirmation the
carrier sends it itself.
"""

import re
from contextlib import suppress
from hashlib import blake2b
from typing import Final

from django.db import transaction

from headend.lib import clock, ids, segments
from headend.lib import phone as phones
from headend.lib.phone import PhoneError
from headend.messaging import opt_outs
from headend.messaging.gateways.adapter import Call, Incoming
from headend.messaging.models import Carrier, How, Message
from headend.system.models import Organization, State

KIND: Final = "incoming"
TEXT_LONGEST: Final = 2_000
_NUMBER_LONGEST: Final = 40
# The first word, without accents: in English, French, Swahili, Portuguese and Spanish.
STOP: Final = frozenset(
    {"stop", "stopall", "unsubscribe", "optout", "arret", "arreter", "simama", "acha", "parar", "sair", "baja"}
)
START: Final = frozenset({"start", "unstop", "subscribe", "optin", "anza", "demarrer", "iniciar", "alta"})


def take(*, carrier: Carrier, incoming: Incoming, call: Call) -> None:
    """Keeps what somebody wrote, once, and obeys STOP and START."""
    organization = carrier.organization
    sender = number_of(incoming.sender, organization)
    text = incoming.text.replace("\0", "")[:TEXT_LONGEST]
    message = Message(
        organization=organization,
        channel=carrier.channel,
        kind=KIND,
        is_incoming=True,
        to=sender,
        own_address=incoming.receiver.replace("\0", "")[:_NUMBER_LONGEST],
        shown=text,
        segments=segments.measure(text).segments,
        customer_id=opt_outs.customer_of(organization, carrier.channel, sender),
        carrier_reference=incoming.reference[:80] or None,
        state=State.DELIVERED,
        finished_at=clock.now(),
        unique_key=f"incoming:{carrier.pk}:{_key_of(incoming, call)}",
    )
    with transaction.atomic():
        if Message.objects.filter(unique_key=message.unique_key).exists():
            return
        Message.objects.bulk_create([message], ignore_conflicts=True)
        obey(organization=organization, channel=carrier.channel, sender=sender, text=text)


def obey(*, organization: Organization, channel: str, sender: str, text: str) -> None:
    """Whoever writes STOP gets nothing promotional any more, START takes it back; the first word counts."""
    word = first_word(text)
    if word in STOP:
        opt_outs.add(organization=organization, channel=channel, address=sender, how=How.REPLY)
    elif word in START:
        opt_outs.withdraw(organization=organization, channel=channel, address=sender, how=How.REPLY)


def first_word(text: str) -> str:
    """The first word in small letters, without accents and signs: `“Arrêt!” merci` is `arret`. `OPT-OUT` is one word."""
    found = re.search(r"[a-z0-9][a-z0-9-]*", ids.fold(text))
    return found[0].replace("-", "") if found else ""


def number_of(text: str, organization: Organization) -> str:
    """A number as carriers write it, mostly without +, in E.164; what is none, such as a name, as it came."""
    bare = text.strip().replace("\0", "")
    for typed in (bare, f"+{bare}"):
        with suppress(PhoneError):
            return phones.read(typed, organization.country).e164
    return bare[:_NUMBER_LONGEST]


def _key_of(incoming: Incoming, call: Call) -> str:
    """The carrier's id of it. One without any says the same within an hour only where it repeats itself."""
    if incoming.reference:
        return incoming.reference[:80]
    return blake2b(call.body + call.url.encode() + f"{clock.now():%Y%m%d%H}".encode(), digest_size=16).hexdigest()
