"""What an organization says in its notices, and by which channels: its own words and switches, or ours."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import translation

from headend.lib import braces
from headend.lib.refused import Refused
from headend.messaging import happenings, policies
from headend.messaging.catalogue import NOTICES, places
from headend.messaging.catalogue.notice import Notice, Text
from headend.messaging.models import NoticeSwitch, Policy, Template
from headend.messaging.rules import Code
from headend.system import events, lengths
from headend.system.models import Organization, Staff
from headend.system.rules import Code as SystemCode


@dataclass(frozen=True, slots=True)
class Wording:
    """All that an organization has changed: read once for many notices."""

    organization: Organization
    own: dict[tuple[str, str, str], Text] = field(default_factory=dict)
    switches: dict[tuple[str, str], bool] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)

    def is_on(self, notice: Notice, channel: str) -> bool:
        """Whether the notice goes out by the channel, if somebody carries it."""
        return self.switches.get((notice.code, channel), channel in notice.on)

    def channels(self, notice: Notice) -> list[str]:
        """Those by which it goes out."""
        return [channel for channel in notice.texts if self.is_on(notice, channel)]

    def own_text(self, notice: Notice, channel: str, language: str = "") -> Text | None:
        """The organization's own words, or None where it says ours."""
        return self.own.get((notice.code, channel, language or self.organization.language))

    def text(self, notice: Notice, channel: str, language: str = "") -> Text:
        """What it says, in the language of the organization where no other is named."""
        return self.own_text(notice, channel, language) or ours(notice, channel, language or self.organization.language)


def of(organization: Organization) -> Wording:
    """What an organization says. Three queries."""
    wording = Wording(organization, policy=policies.of(organization))
    for row in Template.objects.filter(organization=organization):
        wording.own[row.notice, row.channel, row.language] = Text(row.body, row.subject)
    for switch_ in NoticeSwitch.objects.filter(organization=organization):
        wording.switches[switch_.notice, switch_.channel] = switch_.is_on
    return wording


def ours(notice: Notice, channel: str, language: str) -> Text:
    """Our own text."""
    with translation.override(language):
        text = notice.texts[channel]
        return Text(str(text.body), str(text.subject))


def save(
    *,
    organization: Organization,
    notice: str,
    channel: str,
    text: Text,
    is_on: bool,
    by: Staff | None,
    language: str = "",
) -> None:
    """Says it so from now on, and sends it or not. The same words as ours are none of the organization's own.

    Refuses `text_missing`, `place_unknown`, `notice_place_needed`, `notice_place_hidden`, `text_long`.
    """
    said = NOTICES[notice]
    language = language or organization.language
    # A subject is one line: whoever could begin another would write headers.
    subject, body = " ".join(str(text.subject).split()), str(text.body).replace("\r\n", "\n").strip()
    _refuse(said, channel, subject, body)
    own: dict[str, Any] = {"organization": organization, "notice": notice, "channel": channel, "language": language}
    lengths.refuse_long(Template(subject=subject, body=body, **own))
    with transaction.atomic():
        _switch(organization, said, channel, is_on=is_on, by=by)
        if Text(body, subject) == ours(said, channel, language):
            reset(organization=organization, notice=notice, channel=channel, language=language, by=by)
            return
        if Template.objects.filter(**own, subject=subject, body=body).exists():
            return
        Template.objects.update_or_create(**own, defaults={"subject": subject, "body": body})
        changed = happenings.NOTICE_REWORDED(notice=notice, channel=channel)
        events.record(changed, organization=organization, subject=organization, by=by)


def reset(*, organization: Organization, notice: str, channel: str, by: Staff | None, language: str = "") -> None:
    """Says it in our words again. Where it does, nothing happens."""
    own = Template.objects.filter(organization=organization, notice=notice, channel=channel)
    with transaction.atomic():
        if own.filter(language=language or organization.language).delete()[0]:
            happened = happenings.NOTICE_RESET(notice=notice, channel=channel)
            events.record(happened, organization=organization, subject=organization, by=by)


def known(notice: Notice) -> tuple[str, ...]:
    """What the text of a notice may name."""
    return (*places.COMMON, *notice.places)


def _switch(organization: Organization, notice: Notice, channel: str, *, is_on: bool, by: Staff | None) -> None:
    """Sends a notice by a channel, or no more. Where it stands so already, nothing happens."""
    # Two at once: the second finds what the first has written.
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    if of(organization).is_on(notice, channel) == is_on:
        return
    NoticeSwitch.objects.update_or_create(
        organization=organization, notice=notice.code, channel=channel, defaults={"is_on": is_on}
    )
    happening = happenings.NOTICE_SWITCHED_ON if is_on else happenings.NOTICE_SWITCHED_OFF
    happened = happening(notice=notice.code, channel=channel)
    events.record(happened, organization=organization, subject=organization, by=by)


def _refuse(notice: Notice, channel: str, subject: str, body: str) -> None:
    has_subject = bool(notice.texts[channel].subject)
    for name, said in (("subject", subject), ("body", body)):
        if not said and (name == "body" or has_subject):
            raise Refused(SystemCode.TEXT_MISSING, field=name)
        unknown = braces.unknown_in(said, known(notice))
        if unknown is not None:
            names = ", ".join(f"{{{each}}}" for each in known(notice))
            raise Refused(Code.PLACE_UNKNOWN, field=name, name=unknown, known=names)
    for name in notice.texts[channel].needs:
        if f"{{{name}}}" not in body:
            raise Refused(Code.NOTICE_PLACE_NEEDED, field="body", name=name)
    for name in known(notice):
        if places.PLACES[name].is_secret and f"{{{name}}}" in subject:
            raise Refused(Code.NOTICE_PLACE_HIDDEN, field="subject", name=name)
