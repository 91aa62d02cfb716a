"""The text of each refusal of this package."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TEXTS: dict[str, str | Promise] = {
    "nas_name_taken": _("There is a NAS “%(name)s” already."),
    "nas_name_missing": _("A name is needed."),
    "nas_has_history": _(
        "Sessions were counted on this NAS, and their history names it: it stays. A router that took its place can have"
        " its name and IP address."
    ),
    "address_invalid": _("“%(address)s” is not the IP address of a router."),
    "address_taken": _("Another NAS has this address: an address belongs to one NAS."),
    "secret_short": _("A secret needs 16 characters or more. Leave the field empty to have one made."),
    "secret_unreadable": _("A secret is made of plain letters, digits and signs, without spaces."),
    "login_host_invalid": _(
        "“%(host)s” is no host. Write names or IP addresses, with a port where it is not 80 or 443: 10.5.50.1, login.lan:8080."
    ),
    "login_hosts_many": _("At most %(most)s hosts can be named."),
    "port_invalid": _("A port is a number from 1 to 65535."),
}
