"""What happens by the verbs of this package: each kind of Event, what it holds, and how it reads."""

from typing import Final, TypedDict

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from headend.system.events import A_GUEST, Area, Happening, Nothing
from headend.system.happenings import Changed

# What can be changed, in words.
FIELDS: Final[dict[str, str | Promise]] = {
    "address": _("IP address"),
    "vendor": _("vendor"),
    "login_hosts": _("hotspot login hosts"),
    "coa_port": _("port for Disconnect"),
    "require_message_authenticator": _("demand Message-Authenticator"),
    "limit_proxy_state": _("refuse unsigned Proxy-State"),
    "coa_message_authenticator": _("sign Disconnect"),
    "swap_octets": _("counters swapped"),
    "secret": _("shared secret"),
}


class _Placed(TypedDict):
    name: str
    address: str


class _Led(TypedDict):
    host: str
    nas: str


NAS_ADDED: Final = Happening(
    "nas.added",
    _Placed,
    Area.NETWORK,
    sentence=_("NAS %(name)s added: %(address)s"),
    when="a NAS was added",
    page="nas",
)
NAS_EDITED: Final = Happening(
    "nas.edited",
    Changed,
    Area.NETWORK,
    sentence=_("NAS %(subject)s changed"),
    when="it was changed; of a new secret only that there is one",
    page="nas",
)
NAS_PROTECTIONS_RESET: Final = Happening(
    "nas.protections_reset",
    Nothing,
    Area.NETWORK,
    sentence=_("What NAS %(subject)s can is learnt anew"),
    when="*Learn anew*",
    page="nas",
)
NAS_SECRET_REVEALED: Final = Happening(
    "nas.secret_revealed",
    Nothing,
    Area.NETWORK,
    sentence=_("Shared secret of NAS %(subject)s shown"),
    when="somebody looked at its secret",
    page="nas",
)
NAS_REMOVED: Final = Happening(
    "nas.removed",
    _Placed,
    Area.NETWORK,
    sentence=_("NAS %(name)s removed: %(address)s"),
    tone="bad",
    when="a NAS on which nobody ever was is removed",
    page="nas",
)
CAPTIVE_LOGIN_REFUSED: Final = Happening(
    "captive.login_refused",
    _Led,
    Area.NETWORK,
    sentence=_("A guest was led to us with a login address of another host: %(host)s, %(nas)s"),
    doer=A_GUEST,
    tone="bad",
    when="a guest came with a login address that is not one of the NAS; at most once an hour for each",
    page="nas",
)
