"""The text of each refusal of this package."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from headend.messaging.rules import Code

TEXTS: dict[str, str | Promise] = {
    Code.PHONE_ABSENT: _("This customer has no mobile number: add one first. A contact phone gets no SMS."),
    Code.SMS_ABSENT: _("No carrier of SMS is set up: nothing can be sent."),
    Code.NO_CARRIER: _("Codes cannot be sent by SMS here. Please contact us."),
    Code.CODE_WRONG: _("This code is wrong or too old. Check it, or have a new one sent."),
    Code.CODES_TOO_MANY: _("Too many codes were sent to this phone. Try again in a quarter of an hour."),
    Code.CODES_PAUSED: _("No code can be sent at the moment: too many were asked for. Try again in an hour."),
    Code.CODE_ABROAD: _("Codes by SMS go to numbers of %(countries)s only. Please contact us."),
}
