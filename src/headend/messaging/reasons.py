"""The text of each refusal of this package."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from headend.messaging.rules import Code

# Why a message was not sent: what the adapters say, and what was seen before a carrier was asked; for staff.
WHY: dict[str, str | Promise] = {
    "key": _("The carrier does not accept the account or its key."),
    "sender": _("The carrier does not accept the sender’s name: it has to be registered there."),
    "number": _("The carrier does not send to this number."),
    "length": _("The text is too long for the carrier."),
    "credit": _("There is not enough credit at the carrier."),
    "throttled": _("The carrier takes no more at the moment."),
    "page": _("A web page came instead of an answer: the address is not that of the carrier."),
    "silent": _("The carrier took the message and did not answer. It may have been sent, so it is not sent again."),
    "unreachable": _("The carrier cannot be reached."),
    "inside": _("The address is of the server’s own network, and may not be used."),
    "trouble": _("The carrier has trouble of its own."),
    "refused": _("The carrier does not take it."),
    "expired": _("The phone could not be reached in time."),
    "undelivered": _("The network could not bring it to the phone."),
    "blocked": _("The network or the phone’s owner does not let such messages through."),
    "no_report": _("The carrier does not say whether it arrived."),
    "no_carrier": _("The carrier was switched off."),
    "no_longer": _("It was not true any more when it would have been sent."),
    "address_changed": _("The customer has another number or address by now."),
    "unwritable": _("It could not be written as this channel wants it."),
    "opted_out": _("Whom it was for has opted out of such messages."),
    "stopped": _("The broadcast was stopped before it was sent."),
    "customer_gone": _("The customer was deleted before it was sent."),
    "login": _("The mail server does not accept the login or its password."),
    "no_login": _(
        "The mail server lets nobody sign in on such a connection: choose another security, or leave the login empty."
    ),
    "from": _("The mail server does not accept the From address: it has to be one of yours there."),
    "receiver": _("The mail server takes no mail for this address."),
    "relay": _("The mail server sends for nobody whom it does not know: give a login, or a From address of its own."),
    "certificate": _("The mail server’s certificate is not good for its name, so nothing was sent to it."),
    "tls": _("The mail server does not offer STARTTLS: choose another security."),
    "encryption": _("The mail server demands an encrypted connection: choose STARTTLS or TLS."),
    "greeting": _("The address answers, but not as a mail server does: check the port and the security."),
    "hung": _("The mail server stopped answering before it had taken the message."),
    "later": _("The mail server takes it only later."),
}


def why(error: str) -> str:
    """What went wrong with a message, in words: `reason`, or `reason: what the carrier said`. Other text is given back."""
    reason, _colon, said = error.partition(": ")
    if reason not in WHY:
        return error
    return f"{WHY[reason]} ({said})" if said else str(WHY[reason])


TEXTS: dict[str, str | Promise] = {
    Code.PHONE_ABSENT: _("This customer has no mobile number: add one first. A contact phone gets no SMS."),
    Code.EMAIL_ABSENT: _("Give the e-mail address to which the credentials go."),
    Code.WELCOME_OFF: _("The notice “Welcome, added by staff” is switched off: it has to be on first."),
    Code.UNREACHABLE: _(
        "Nothing reaches this customer: add an e-mail address or a mobile number, and set up what carries it. You can set a password yourself."
    ),
    Code.CARRIER_ADDRESS_WRONG: _("This is no address of a carrier. One looks like https://api.example.com/sms."),
    Code.CARRIER_INSIDE: _("This address is of the server’s own network, and may not be used."),
    Code.CARRIER_KEY_MISSING: _("Give the key: nothing is sent without one."),
    Code.CARRIER_HEADER_WRONG: _("“%(line)s” is no header. One looks like Authorization: Bearer {key}."),
    Code.CARRIER_TEXT_MISSING: _("The number and the text have to be in it: {to} or {digits}, and {text}."),
    Code.MAIL_SERVER_WRONG: _("This is no name of a mail server. One looks like smtp.example.com."),
    Code.MAIL_LOGIN_OPEN: _("Somebody on the way could read the password: choose STARTTLS or TLS."),
    Code.MAIL_ADDRESS_WRONG: _("This is no e-mail address. One looks like name@example.com."),
    Code.CARRIER_ELSEWHERE: _("This has to begin as the address where messages go: the key is given to nobody else."),
    Code.TRIAL_PHONE_WRONG: _("This is no mobile number. With + and the country it is read everywhere."),
    Code.MAIL_ABSENT: _("No mail server is set up: no e-mail can be sent."),
    Code.SMS_ABSENT: _("No carrier of SMS is set up: nothing can be sent."),
    Code.LINK_ADDRESS_WRONG: _("This is no address of a web page. One looks like https://example.com/news."),
    Code.PLACE_UNKNOWN: _("There is no {%(name)s} here. There are: %(known)s."),
    Code.RECEIVER_MISSING: _("Give a mobile number or an e-mail address: with neither nothing is sent."),
    Code.RECEIVERS_MANY: _("A message goes to the first %(most)s of a list. For more there are broadcasts."),
    Code.RECEIVERS_NONE: _("None of them would get it so: there is no number, or no address, to send it to."),
    Code.BROADCAST_BEGUN: _("This broadcast was begun meanwhile: it cannot be changed any more."),
    Code.BROADCAST_TO_NOBODY: _("Nobody is found whom it would reach: choose others."),
    Code.CHANNEL_ABSENT: _("Nobody carries it yet: nothing can be sent by %(channel)s."),
    Code.MESSAGE_NOT_FAILED: _("Only a message that failed, or of which nobody knows, is sent again."),
    Code.MESSAGE_NOT_KEPT: _(
        "This message held a code or a password, which is not kept: it cannot be sent again. Have a new one sent."
    ),
    Code.MESSAGE_RECEIVER_GONE: _("The customer was deleted: nothing is sent to them any more."),
    Code.MESSAGE_OPTED_OUT: _("Whom it was for has opted out of such messages."),
    Code.NO_CARRIER: _("Codes cannot be sent by SMS here. Please contact us."),
    Code.CODE_WRONG: _("This code is wrong or too old. Check it, or have a new one sent."),
    Code.CODES_TOO_MANY: _("Too many codes were sent to this phone. Try again in a quarter of an hour."),
    Code.CODES_PAUSED: _("No code can be sent at the moment: too many were asked for. Try again in an hour."),
    Code.NOTICE_PLACE_NEEDED: _("{%(name)s} has to stand in the text: without it, it says nothing."),
    Code.NOTICE_PLACE_HIDDEN: _("{%(name)s} is secret: it cannot stand in the subject, which anybody may see."),
    Code.HOURS_WRONG: _("The hours end before they begin."),
    Code.CODE_ABROAD: _("Codes by SMS go to numbers of %(countries)s only. Please contact us."),
}
