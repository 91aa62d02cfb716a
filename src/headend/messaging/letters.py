"""What staff write: a text with places in braces, which each receiver gets with their own name and their own short address."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from headend.customers.models import Customer
from headend.lib import braces, ids, segments
from headend.lib.refused import Refused
from headend.messaging import links, messages, opt_outs
from headend.messaging.catalogue import places
from headend.messaging.models import Channel, LeadsTo, Message
from headend.messaging.rules import Code
from headend.system import lengths
from headend.system.rules import Code as SystemCode

TEXT_LONGEST: Final = 1_500
SUBJECT_LONGEST: Final = 150
PLACES: Final = ("first_name", "name", "account", "link")
LINK: Final = "{link}"


@dataclass(frozen=True, slots=True)
class Letter:
    """A text, and where its short address leads; an e-mail has a subject."""

    text: str
    subject: str = ""
    leads_to: str = LeadsTo.PORTAL
    address: str = ""

    @property
    def has_link(self) -> bool:
        """Whether each receiver gets a short address."""
        return LINK in self.text


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who gets it where (E.164, or an e-mail address), and what makes it said once."""

    customer: Customer
    to: str
    unique_key: str


def refuse(letter: Letter, channels: Iterable[str]) -> None:
    """Refuses `text_missing`, `text_long`, `place_unknown`, `link_address_wrong`: what cannot be sent by the `channels`."""
    lengths.refuse_empty(letter.text, field="text")
    if len(letter.text) > TEXT_LONGEST:
        raise Refused(SystemCode.TEXT_LONG, field="text", most=TEXT_LONGEST)
    texts = {"text": letter.text}
    if Channel.EMAIL in channels:
        lengths.refuse_empty(letter.subject, field="subject")
        texts["subject"] = letter.subject
    if len(letter.subject) > SUBJECT_LONGEST:
        raise Refused(SystemCode.TEXT_LONG, field="subject", most=SUBJECT_LONGEST)
    for field, text in texts.items():
        known = [place for place in PLACES if field == "text" or place != "link"]
        unknown = braces.unknown_in(text, known)
        if unknown is not None:
            shown = ", ".join(f"{{{place}}}" for place in known)
            raise Refused(Code.PLACE_UNKNOWN, field=field, name=unknown, known=shown)
    if letter.has_link and letter.leads_to == LeadsTo.ADDRESS:
        links.refuse_address(letter.address)


def fill(text: str, customer: Customer, link: str = "") -> str:
    """The text as one customer gets it."""
    values = {
        "first_name": places.calm(customer.first_name or customer.name),
        "name": places.calm(customer.name),
        # Who was given a second number pays by that, and either finds them.
        "account": customer.extra_account_number or customer.account_number,
        "link": link,
    }
    return braces.fill(text, values)


def sample(letter: Letter, customer: Customer) -> str:
    """The text as a customer would get it, with a short address of the right length."""
    return fill(letter.text, customer, links.place_of(links.SAMPLE))


def parts(letter: Letter, customer: Customer) -> int:
    """How many SMS the text takes for a customer."""
    return segments.measure(sample(letter, customer)).segments


def write(*, letter: Letter, channel: str, receivers: Sequence[Receiver], **columns: Any) -> int:
    """Queues it to each of the `receivers` who has not got it yet, and says to how many. Part of the caller's transaction, which
    alone writes with these keys; the caller has asked whether anybody carries the channel.

    A fixed number of queries. Who opted out gets nothing of what is promotional.
    """
    keys = [receiver.unique_key for receiver in receivers]
    said = set(Message.objects.filter(unique_key__in=keys).values_list("unique_key", flat=True))
    waiting = [receiver for receiver in receivers if receiver.unique_key not in said]
    if columns.get("is_promotional") and waiting:
        organization = columns["organization"]
        out = opt_outs.among(organization, channel, {receiver.to for receiver in waiting})
        waiting = [receiver for receiver in waiting if receiver.to not in out]
    written = [_message(letter, channel, receiver, columns) for receiver in waiting]
    Message.objects.bulk_create([message for message, _code in written])
    if letter.has_link:
        address = letter.address if letter.leads_to == LeadsTo.ADDRESS else ""
        links.keep(written=written, leads_to=letter.leads_to, address=address)
    return len(written)


def _message(letter: Letter, channel: str, receiver: Receiver, columns: dict[str, Any]) -> tuple[Message, str]:
    code = ids.link_code() if letter.has_link else ""
    subject = " ".join(fill(letter.subject, receiver.customer).split()) if channel == Channel.EMAIL else ""
    message = messages.make(
        channel=channel,
        to=receiver.to,
        body=fill(letter.text, receiver.customer, links.place_of(code)),
        # Names make it longer.
        subject=subject[: Message._meta.get_field("subject").max_length],  # noqa: SLF001 - Django's documented way to a model's fields
        customer_id=receiver.customer.pk,
        unique_key=receiver.unique_key,
        **columns,
    )
    return message, code
