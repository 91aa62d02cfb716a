"""The text of each refusal of this package."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from headend.network.rules import Code

TEXTS: dict[str, str | Promise] = {
    Code.NAS_NAME_TAKEN: _("There is a NAS “%(name)s” already."),
    Code.NAS_NAME_MISSING: _("A name is needed."),
    Code.NAS_HAS_HISTORY: _(
        "Sessions were counted on this NAS, and their history names it: it stays. A router that took its place can have"
        " its name and IP address."
    ),
    Code.ADDRESS_INVALID: _("“%(address)s” is not the IP address of a router."),
    Code.ADDRESS_TAKEN: _("Another NAS has this address: an address belongs to one NAS."),
    Code.SECRET_SHORT: _("A secret needs 16 characters or more. Leave the field empty to have one made."),
    Code.SECRET_UNREADABLE: _("A secret is made of plain letters, digits and signs, without spaces."),
    Code.LOGIN_HOST_INVALID: _(
        "“%(host)s” is no host. Write names or IP addresses, with a port where it is not 80 or 443: 10.5.50.1, login.lan:8080."
    ),
    Code.LOGIN_HOSTS_MANY: _("At most %(most)s hosts can be named."),
    Code.PORT_INVALID: _("A port is a number from 1 to 65535."),
}
