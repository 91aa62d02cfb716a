"""What happens by the verbs of this package: each kind of Event, what it holds, and how it reads."""

from typing import Any, Final, TypedDict

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from headend.system.events import THE_CUSTOMER, Area, Happening, Nothing

# What can be changed, in words.
FIELDS: Final = {
    "hour_from": _("First hour of notices"),
    "hour_until": _("Last hour of notices"),
    "low_minor": _("A balance is low under"),
    "low_days": _("Days between two reminders of a low balance"),
}


class _Sent(TypedDict):
    logins: int


class _Reached(TypedDict):
    channel: str


class _Paused(TypedDict):
    codes: int
    range: str


class _OfKind(TypedDict):
    kind: str
    channel: str


class _ByChannels(TypedDict):
    channels: str


class _OfBroadcast(TypedDict):
    channel: str
    people: int


class _AfterBroadcast(TypedDict):
    sent: int
    unsent: int


class _ByChannel(TypedDict):
    channel: str


class _OfChannel(TypedDict):
    channel: str
    how: str


class _OfNotice(TypedDict):
    notice: str
    channel: str


class _Changed(TypedDict):
    changed: dict[str, list[Any]]


DETAILS_SENT: Final = Happening(
    "details.sent",
    _Sent,
    Area.CUSTOMERS,
    sentence=_("Payment details sent%(also)s"),
    when="*Send Payment Details*: account number (the additional one where there is one) and how to pay, by SMS and e-mail; `logins` is how many usernames and passwords were in it",
)
MESSAGE_WRITTEN: Final = Happening(
    "message.written",
    _ByChannels,
    Area.CUSTOMERS,
    sentence=_("Message by %(channels)s"),
    when="somebody of the staff wrote to a customer: *Message* on the customer’s page, or that of the list; `channels` have spaces between them",
)
PASSWORD_RESET_SENT: Final = Happening(
    "password.reset_sent",
    _Reached,
    Area.CUSTOMERS,
    sentence=_("Password Reset sent by %(channel)s"),
    alone=_("A link to set a new password was asked for, and sent by %(channel)s"),
    doer=THE_CUSTOMER,
    when="*Password Reset*, or the customer asked for a link: by e-mail a link that works once, by SMS a code",
)
WELCOME_SENT: Final = Happening(
    "welcome.sent",
    Nothing,
    Area.CUSTOMERS,
    sentence=_("Credentials sent by e-mail"),
    when="*Send credentials via email* on *Add Customer*",
)
BROADCAST_BEGUN: Final = Happening(
    "broadcast.begun",
    _OfBroadcast,
    Area.CUSTOMERS,
    sentence=ngettext_lazy(
        "Broadcast by %(channel)s begun, to %(people)s customer",
        "Broadcast by %(channel)s begun, to %(people)s customers",
        "people",
    ),
    when="a broadcast was begun; `people` is how many its filter found, reached or not",
)
BROADCAST_STOPPED: Final = Happening(
    "broadcast.stopped",
    _AfterBroadcast,
    Area.CUSTOMERS,
    sentence=ngettext_lazy(
        "Broadcast stopped after %(sent)s message", "Broadcast stopped after %(sent)s messages", "sent"
    ),
    tone="bad",
    when="somebody stopped a broadcast: `sent` were handed over by then or were just being, `unsent` are never sent",
)
BROADCAST_FINISHED: Final = Happening(
    "broadcast.finished",
    _AfterBroadcast,
    Area.CUSTOMERS,
    sentence=ngettext_lazy(
        "Broadcast finished: %(sent)s message sent", "Broadcast finished: %(sent)s messages sent", "sent"
    ),
    tone="ok",
    when="nothing of a broadcast waits to be sent any more: `sent` were handed over, `unsent` failed",
)
CODES_PAUSED: Final = Happening(
    "codes.paused",
    _Paused,
    Area.STAFF,
    sentence=ngettext_lazy(
        "Codes by SMS held back: %(codes)s was sent in an hour",
        "Codes by SMS held back: %(codes)s were sent in an hour",
        "codes",
    ),
    tone="bad",
    when="so many codes by SMS were asked for within an hour that no more are sent in it; once an hour",
)
CODES_RANGE_PAUSED: Final = Happening(
    "codes.range_paused",
    _Paused,
    Area.STAFF,
    sentence=ngettext_lazy(
        "Codes by SMS held back: %(codes)s was sent in an hour to numbers that begin with %(range)s",
        "Codes by SMS held back: %(codes)s were sent in an hour to numbers that begin with %(range)s",
        "codes",
    ),
    tone="bad",
    when="the same for numbers that begin alike, `range`",
)
CARRIER_ADDED: Final = Happening(
    "carrier.added",
    _OfKind,
    Area.STAFF,
    sentence=_("%(channel)s set up"),
    when="a carrier of a `channel` was set up: of SMS, or a mail server",
)
CARRIER_CHANGED: Final = Happening(
    "carrier.changed",
    _OfKind,
    Area.STAFF,
    sentence=_("%(channel)s set up anew"),
    when="there is another carrier of it, or it has another address, account, key, sender or description",
)
CARRIER_SWITCHED_OFF: Final = Happening(
    "carrier.switched_off",
    _OfKind,
    Area.STAFF,
    sentence=_("%(channel)s switched off"),
    tone="bad",
    when="nothing is sent by it from then on",
)
CARRIER_SWITCHED_ON: Final = Happening(
    "carrier.switched_on",
    _OfKind,
    Area.STAFF,
    sentence=_("%(channel)s switched on"),
    tone="ok",
    when="it is sent by again",
)
CARRIER_TESTED: Final = Happening(
    "carrier.tested",
    _OfKind,
    Area.STAFF,
    sentence=_("%(channel)s: test message sent"),
    when="*Send a test message*",
)
OPT_OUT_ADDED: Final = Happening(
    "opt_out.added",
    _OfChannel,
    Area.CUSTOMERS,
    sentence=_("Opted out of promotional messages by %(channel)s"),
    doer=THE_CUSTOMER,
    when="nothing promotional goes to an address by this channel any more; `how` is `reply` (STOP), `link` or `staff`",
)
OPT_OUT_WITHDRAWN: Final = Happening(
    "opt_out.withdrawn",
    _OfChannel,
    Area.CUSTOMERS,
    sentence=_("Opted in to promotional messages by %(channel)s again"),
    doer=THE_CUSTOMER,
    when="promotional messages go there again (START, or through staff)",
)
NOTICE_REWORDED: Final = Happening(
    "notice.reworded",
    _OfNotice,
    Area.STAFF,
    sentence=_("Text of “%(notice)s” by %(channel)s changed"),
    when="a notice has other words; what they are is not repeated here",
)
NOTICE_RESET: Final = Happening(
    "notice.reset",
    _OfNotice,
    Area.STAFF,
    sentence=_("Text of “%(notice)s” by %(channel)s is ours again"),
    when="*Reset to our text*",
)
NOTICE_SWITCHED_ON: Final = Happening(
    "notice.switched_on",
    _OfNotice,
    Area.STAFF,
    sentence=_("“%(notice)s” is sent by %(channel)s"),
    tone="ok",
    when="a notice is sent by a channel from then on",
)
NOTICE_SWITCHED_OFF: Final = Happening(
    "notice.switched_off",
    _OfNotice,
    Area.STAFF,
    sentence=_("“%(notice)s” is not sent by %(channel)s any more"),
    tone="bad",
    when="it is not sent by it any more",
)
NOTICES_TIMED: Final = Happening(
    "notices.timed",
    _Changed,
    Area.STAFF,
    sentence=_("Hours of notices changed"),
    when="the hours in which notices are sent, or when a balance is low, were changed; `changed` has each value before and after",
)
MESSAGE_RESENT: Final = Happening(
    "message.resent",
    _ByChannel,
    Area.CUSTOMERS,
    sentence=_("Message sent again by %(channel)s"),
    when="*Send again*: the same words once more, of a message that failed or of which nobody knows whether it arrived",
)
