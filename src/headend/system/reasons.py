"""The text of each refusal of this package."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from headend.system.rules import Code

TEXTS: dict[str, str | Promise] = {
    Code.SLUG_INVALID: _(
        "“%(slug)s” cannot be used: take 3 to 40 small letters, digits and dashes, and no word that we need."
    ),
    Code.SLUG_TAKEN: _("“%(slug)s” is in use already."),
    Code.NAME_MISSING: _("A name is needed."),
    Code.TEXT_MISSING: _("Nothing is written here yet."),
    Code.TEXT_LONG: _(
        "This is too long: characters are counted up to %(most)s, and some letters count as several. Shorten it."
    ),
    Code.CURRENCY_UNKNOWN: _("“%(currency)s” is not a currency code, for example KES."),
    Code.COUNTRY_UNKNOWN: _("“%(country)s” is not a country of two letters, for example TZ."),
    Code.REALM_INVALID: _("“%(realm)s” is not a realm, for example isp or isp.example."),
    Code.TIMEZONE_UNKNOWN: _("“%(timezone)s” names no single time zone. One looks like Africa/Nairobi."),
    Code.ADDRESS_BLOCK_INVALID: _("“%(block)s” is not a block of IPv4 addresses, for example 196.200.16.0/22."),
    Code.COLOUR_INVALID: _("A colour is written like #0b5c6b."),
    Code.LOGO_TOO_LARGE: _(
        "This picture is too large. A logo has at most %(kilobytes)s kB, and %(pixels)s pixels a side: every page that"
        " a phone loads carries it."
    ),
    Code.LOGO_UNKNOWN_TYPE: _("A logo is a PNG, JPEG or WebP picture."),
    Code.LOGO_UNREADABLE: _("This picture is cut off or broken. Save it again as PNG, then choose it anew."),
    Code.SITE_NAME_TAKEN: _("There is a site “%(name)s” already."),
    Code.SITE_GONE: _("The site “%(name)s” was removed meanwhile. Choose another one, or none."),
    Code.SITE_IN_USE: _("This site is in use by customers or NASes, %(count)s in all: give them another one first."),
    Code.EMAIL_TAKEN: _("Somebody with this e-mail works here already."),
    Code.EMAIL_KNOWN: _("Somebody signs in with this e-mail already. If that is you, sign in, then accept."),
    Code.INVITATION_OVER: _("This invitation is over, or was taken back. Ask for a new one."),
    Code.INVITATION_OF_OTHER: _("This invitation is for %(email)s. Sign in with that e-mail to accept it."),
    Code.PASSWORD_WEAK: _("%(why)s"),
    Code.MAY_NOT_TOUCH_OWNER: _("Only an owner may make, change or remove an owner."),
    Code.LAST_OWNER: _("An organization needs an owner: make somebody else one first."),
    Code.WORKS_ELSEWHERE: _(
        "This person works for another organization too, and changes name and password alone, under Your account."
    ),
}
