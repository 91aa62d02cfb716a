"""The text of each refusal of this package."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from headend.customers.rules import Code

TEXTS: dict[str, str | Promise] = {
    Code.NAME_MISSING: _("Give a first or last name, a company or a phone."),
    Code.PHONE_INVALID: _("“%(phone)s” is not a phone number in this country. Check the digits."),
    Code.PHONE_UNREADABLE: _("“%(phone)s” is not one phone number. Type a single number, in digits."),
    Code.PHONE_LANDLINE: _("“%(phone)s” is a landline: it cannot take SMS or mobile money. Give a mobile number."),
    Code.EMAIL_WRONG: _("This is no e-mail address. One looks like otieno@example.com."),
    Code.PHONE_TAKEN: _("%(name)s (%(account_number)s) has this phone already."),
    Code.EMAIL_TAKEN: _("%(name)s (%(account_number)s) has this e-mail already."),
    Code.GROUP_NAME_TAKEN: _("There is a group “%(name)s” already."),
    Code.GROUP_GONE: _("The group “%(name)s” was removed meanwhile. Choose another one."),
    Code.GROUP_NOT_EMPTY: ngettext_lazy(
        "%(count)s customer is in this group: move them to another one first.",
        "%(count)s customers are in this group: move them to another one first.",
        "count",
    ),
    Code.GROUP_IS_DEFAULT: _("The default group stays: every customer without another group is in it."),
    Code.CUSTOMER_USERNAME_TAKEN: _("Username already exists"),
    Code.USERNAME_UNUSABLE: _("A username is no phone number or e-mail of somebody else. Choose another one."),
    Code.USERNAME_IS_CODE: _("“%(name)s” reads as the code of a voucher. Choose another username."),
    Code.PORTAL_PASSWORD_SHORT: _("A password needs 8 characters or more."),
    Code.PORTAL_PASSWORD_COMMON: _("Many people have this password, so it is guessed first. Choose another one."),
    Code.LINK_OVER: _("This link is not good any more: it was used, or is too old. Have a new one sent."),
    Code.PORTAL_PASSWORD_OWN: _("This password is too much like your name, phone or e-mail. Choose another one."),
    Code.SIGN_IN_WRONG: _("The name or the password is wrong."),
    Code.TOO_MANY_TRIES: _("Too many tries. Wait a quarter of an hour, or have a code sent to your phone."),
    Code.ACCOUNT_NUMBER_TAKEN: _("%(name)s (%(account_number)s) has this account number already."),
    Code.ACCOUNT_NUMBER_UNUSABLE: _(
        "Use 3 to 20 letters (A to Z) and digits, and no phone number: that stands for whoever has the phone."
    ),
    Code.CUSTOMER_IS_DELETED: _("This customer is deleted: undelete first."),
    Code.CUSTOMER_IS_ERASED: _("This customer was deleted permanently: nothing can be changed any more."),
    Code.SUSPENSION_ENDED: _("The end must be in the future."),
}
