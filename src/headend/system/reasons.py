"""The text of each refusal of this package."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TEXTS: dict[str, str | Promise] = {
    "slug_invalid": _(
        "“%(slug)s” cannot be used: take 3 to 40 small letters, digits and dashes, and no word that we need."
    ),
    "slug_taken": _("“%(slug)s” is in use already."),
    "name_missing": _("A name is needed."),
    "text_long": _(
        "This is too long: characters are counted up to %(most)s, and some letters count as several. Shorten it."
    ),
    "currency_unknown": _("“%(currency)s” is not a currency code, for example KES."),
    "country_unknown": _("“%(country)s” is not a country of two letters, for example TZ."),
    "realm_invalid": _("“%(realm)s” is not a realm, for example isp or isp.example."),
    "timezone_unknown": _("“%(timezone)s” names no single time zone. One looks like Africa/Nairobi."),
    "address_block_invalid": _("“%(block)s” is not a block of IPv4 addresses, for example 196.200.16.0/22."),
    "colour_invalid": _("A colour is written like #0b5c6b."),
    "logo_too_large": _(
        "This picture is too large. A logo has at most %(kilobytes)s kB, and %(pixels)s pixels a side: every page that"
        " a phone loads carries it."
    ),
    "logo_unknown_type": _("A logo is a PNG, JPEG or WebP picture."),
    "logo_unreadable": _("This picture is cut off or broken. Save it again as PNG, then choose it anew."),
    "site_name_taken": _("There is a site “%(name)s” already."),
    "site_gone": _("The site “%(name)s” was removed meanwhile. Choose another one, or none."),
    "site_in_use": _("This site is in use by customers or NASes, %(count)s in all: give them another one first."),
    "email_taken": _("Somebody with this e-mail works here already."),
    "email_known": _("Somebody signs in with this e-mail already. If that is you, sign in, then accept."),
    "invitation_over": _("This invitation is over, or was taken back. Ask for a new one."),
    "invitation_of_other": _("This invitation is for %(email)s. Sign in with that e-mail to accept it."),
    "password_weak": _("%(why)s"),
    "may_not_touch_owner": _("Only an owner may make, change or remove an owner."),
    "last_owner": _("An organization needs an owner: make somebody else one first."),
    "works_elsewhere": _(
        "This person works for another organization too, and changes name and password alone, under Your account."
    ),
}
