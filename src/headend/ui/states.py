"""The states that pages show: each is an icon, a word and a colour, never colour alone."""

from typing import Final, Literal, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Tone = Literal["", "ok", "warn", "bad", "info"]


class State(NamedTuple):
    """How a state is drawn. `text` may hold `%(when)s`."""

    tone: Tone
    icon: str
    text: str | Promise


# Why a session ended, by Acct-Terminate-Cause (RFC 2866, section 5.10), in words of people who never read it.
ENDS: Final[dict[str, str | Promise]] = {
    "User-Request": _("Signed off"),
    "Lost-Carrier": _("Connection lost"),
    "Lost-Service": _("Connection lost"),
    "Idle-Timeout": _("Idle too long"),
    "Session-Timeout": _("Time was up"),
    "Admin-Reset": _("Disconnected by us"),
    "Admin-Reboot": _("Router restarted"),
    "NAS-Reboot": _("Router restarted"),
    "Port-Error": _("Fault at the router"),
    "NAS-Error": _("Fault at the router"),
    "NAS-Request": _("Ended by the router"),
    "Port-Unneeded": _("Ended by the router"),
    "Port-Preempted": _("Made room for another session"),
    "Port-Suspended": _("Made room for another session"),
    "Service-Unavailable": _("Service not available at the router"),
    "Callback": _("Called back"),
    "User-Error": _("Fault at the device"),
    "Host-Request": _("Ended by the router"),
    # RFC 3580, section 2.5.
    "Supplicant-Restart": _("Device started anew"),
    "Reauthentication-Failure": _("Not let in again"),
    "Port-Reinit": _("Router’s port started anew"),
    "Port-Disabled": _("Router’s port switched off"),
}

# Of a customer and of a subscription: the codes of reports.customers.Status.
STATES: Final[dict[str, State]] = {
    "deleted": State("", "trash-2", _("Deleted")),
    "disabled": State("", "circle-minus", _("Disabled")),
    "group_disabled": State("", "circle-minus", _("Group disabled")),
    "overdue": State("bad", "circle-x", _("Suspended: overdue")),
    "abuse": State("bad", "circle-x", _("Suspended: abuse")),
    "hold": State("warn", "circle-pause", _("On hold")),
    "hold_until": State("warn", "circle-pause", _("On hold to %(when)s")),
    "account_expired": State("bad", "circle-x", _("Account expired %(when)s")),
    "nothing": State("", "circle-minus", _("No package")),
    "has_voucher": State("info", "ticket", _("Unused voucher")),
    "draft": State("info", "clock", _("Not yet active")),
    "blocked": State("bad", "ban", _("Package blocked")),
    "expired": State("", "circle-minus", _("Expired %(when)s")),
    "cap_reached": State("warn", "triangle-alert", _("Data used up")),
    "time_used_up": State("warn", "triangle-alert", _("Time used up")),
    "expires_today": State("warn", "triangle-alert", _("Expires today")),
    "active": State("ok", "circle-check", pgettext_lazy("state of a customer", "Active")),
    "ended": State("", "circle-minus", _("Ended %(when)s")),
    "online": State("ok", "wifi", _("Online")),
    "offline": State("", "circle-minus", _("Offline")),
    # Of a NAS.
    "nas_answering": State("ok", "circle-check", _("Heard")),
    "nas_silent": State("bad", "circle-x", _("Silent")),
    "nas_quiet": State("", "circle-minus", _("Quiet")),
    "nas_unheard": State("warn", "triangle-alert", _("Never heard")),
    # Of a plan.
    "retired": State("", "circle-minus", _("Retired")),
    "on_sale": State("ok", "circle-check", _("On sale")),
    # Of a voucher: Voucher.state_at; `active` and `expired` as above.
    "unused": State("info", "clock", _("Unused")),
    "spent": State("", "circle-minus", _("Used up")),
    "void": State("bad", "ban", _("Void")),
    "held": State("warn", "circle-pause", _("Sheet not released")),
    # Of a sheet of vouchers; `void` as above.
    "sheet_held": State("warn", "circle-pause", pgettext_lazy("state of a sheet of vouchers", "Held")),
    "released": State("ok", "circle-check", pgettext_lazy("state of a sheet of vouchers", "Released")),
    # Of a payment; `failed` and `unknown` are below.
    "pending": State("info", "clock", _("Waiting")),
    "settled": State("ok", "circle-check", _("Settled")),
    # Of a purchase.
    "waiting": State("info", "clock", _("Waiting for its payment")),
    "fulfilled": State("ok", "circle-check", _("Carried out")),
    "unfulfilled": State("bad", "circle-x", _("Not carried out")),
    "closed": State("", "circle-minus", _("Left in the wallet")),
    # Of a Command or a Job: system.models.State.
    "queued": State("info", "clock", _("Waiting to be sent")),
    "sending": State("info", "refresh-cw", _("Being sent")),
    "sent": State("info", "clock", _("Sent")),
    "delivered": State("ok", "circle-check", _("Done")),
    "failed": State("bad", "circle-x", _("Failed")),
    "unknown": State("warn", "triangle-alert", _("Unknown")),
    # Of a message, besides those: it reached the phone, or came from one.
    "arrived": State("ok", "circle-check", _("Delivered")),
    "received": State("info", "inbox", _("Received")),
    # Of a broadcast.
    "broadcast_draft": State("", "pencil", _("Draft")),
    "broadcast_writing": State("info", "refresh-cw", _("Under way")),
    "broadcast_sending": State("info", "refresh-cw", _("Under way")),
    "broadcast_stopped": State("warn", "ban", pgettext_lazy("state of a broadcast", "Stopped")),
    "broadcast_finished": State("ok", "circle-check", pgettext_lazy("state of a broadcast", "Finished")),
    # Of a session.
    "live": State("ok", "wifi", _("Live")),
    "over": State("", "circle-minus", _("Ended")),
}
