"""What each refusal says: to the person at the login, to staff beside a form, and in the table of rules."""

from datetime import datetime
from typing import Any

from babel.dates import format_date, format_datetime, get_timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from headend.access import authorize, rules
from headend.customers.models import SuspensionKind
from headend.lib import clock, units
from headend.system.models import Organization

# Shown to whoever tried to connect. An unknown name and a wrong password read the same: neither tells which names exist.
PUBLIC: dict[str, str | Promise] = {
    authorize.Code.USER_UNKNOWN: _("The user name or password is wrong."),
    authorize.Code.PASSWORD_WRONG: _("The user name or password is wrong."),
    authorize.Code.CUSTOMER_DELETED: _("This account is closed."),
    authorize.Code.GROUP_DISABLED: _("Your account is disabled. Please contact us."),
    authorize.Code.CUSTOMER_DISABLED: _("Your account is disabled. Please contact us."),
    authorize.Code.ACCOUNT_EXPIRED: _("Your account has expired. Please contact us."),
    authorize.Code.SUBSCRIPTION_INACTIVE: _("Your package is not active yet. Please contact us."),
    authorize.Code.SUBSCRIPTION_BLOCKED: _("Your package is blocked. Please contact us."),
    authorize.Code.VOUCHER_BLOCKED: _("Your voucher is blocked. Please contact us."),
    authorize.Code.SUSPENDED: _("Your account is suspended. Please contact us."),
    authorize.Code.SUBSCRIPTION_EXPIRED: _("Your package has run out. Please renew it."),
    authorize.Code.VOUCHER_VOID: _("This voucher is no longer valid. Please contact us."),
    authorize.Code.VOUCHER_HELD: _("This voucher is not on sale yet. Please contact us."),
    authorize.Code.VOUCHER_EXPIRED: _("This voucher has expired. Please buy another one."),
    authorize.Code.VOUCHER_SPENT: _("This voucher is used up. Please buy another one."),
    authorize.Code.TIME_USED_UP: _("Your time is used up. Please renew your package."),
    authorize.Code.CAP_REACHED: _("Your data is used up. Please renew your package."),
    authorize.Code.DEVICE_BLOCKED: _("This device is blocked. Please contact us."),
    authorize.Code.SESSION_LIMIT: _("Too many devices are connected with this name. Disconnect one and try again."),
}

# The same for a login that is refused before any rule is asked. (EAP has no place for words.)
UNASKED: dict[str, str | Promise] = {
    authorize.Unasked.METHOD_UNSUPPORTED: _("This way to log in is not supported. Use PAP, CHAP or MS-CHAP."),
    authorize.Unasked.EAP_UNSUPPORTED: _("EAP is not supported. Use PAP, CHAP or MS-CHAP."),
    authorize.Unasked.GUESSING_SLOWED: _("The user name or password is wrong."),
}

# The name of each rule when it passes, for the table that explains.
RULES: dict[str, str | Promise] = {
    authorize.Code.USER_UNKNOWN: _("Username is known"),
    authorize.Code.PASSWORD_WRONG: _("Password is right"),
    authorize.Code.CUSTOMER_DELETED: _("Customer is not deleted"),
    authorize.Code.GROUP_DISABLED: _("Group may connect"),
    authorize.Code.CUSTOMER_DISABLED: _("Customer is not disabled"),
    authorize.Code.ACCOUNT_EXPIRED: _("Account has not expired"),
    authorize.Code.SUBSCRIPTION_INACTIVE: _("Subscription is active"),
    authorize.Code.SUBSCRIPTION_BLOCKED: _("Package is not blocked"),
    authorize.Code.VOUCHER_BLOCKED: _("Voucher is not blocked"),
    authorize.Code.SUSPENDED: _("Not suspended"),
    authorize.Code.SUBSCRIPTION_EXPIRED: _("Period still runs"),
    authorize.Code.VOUCHER_VOID: _("Voucher is not void"),
    authorize.Code.VOUCHER_HELD: _("Voucher is released"),
    authorize.Code.VOUCHER_EXPIRED: _("Voucher has not expired"),
    authorize.Code.VOUCHER_SPENT: _("Data and time left"),
    authorize.Code.TIME_USED_UP: _("Time left"),
    authorize.Code.CAP_REACHED: _("Data left"),
    authorize.Code.DEVICE_BLOCKED: _("Device is allowed"),
    authorize.Code.SESSION_LIMIT: _("Devices at once"),
}

# What staff read in lists and counts: short, and exact about unknown names.
SHORT: dict[str, str | Promise] = {
    authorize.Code.USER_UNKNOWN: _("Unknown user name"),
    authorize.Code.PASSWORD_WRONG: _("Wrong password"),
    authorize.Code.CUSTOMER_DELETED: _("Customer deleted"),
    authorize.Code.GROUP_DISABLED: _("Group disabled"),
    authorize.Code.CUSTOMER_DISABLED: _("Customer disabled"),
    authorize.Code.ACCOUNT_EXPIRED: _("Account expired"),
    authorize.Code.SUBSCRIPTION_INACTIVE: _("Package not active"),
    authorize.Code.SUBSCRIPTION_BLOCKED: _("Package blocked"),
    authorize.Code.VOUCHER_BLOCKED: _("Voucher blocked"),
    authorize.Code.SUSPENDED: _("Suspended"),
    authorize.Code.SUBSCRIPTION_EXPIRED: _("Package expired"),
    authorize.Code.VOUCHER_VOID: _("Voucher void"),
    authorize.Code.VOUCHER_HELD: _("Voucher's sheet not released"),
    authorize.Code.VOUCHER_EXPIRED: _("Voucher expired"),
    authorize.Code.VOUCHER_SPENT: _("Voucher used up"),
    authorize.Code.TIME_USED_UP: _("Time used up"),
    authorize.Code.CAP_REACHED: _("Data used up"),
    authorize.Code.DEVICE_BLOCKED: _("Device blocked"),
    authorize.Code.SESSION_LIMIT: _("Too many devices at once"),
    # Logins that no rule is asked about.
    authorize.Unasked.METHOD_UNSUPPORTED: _("Login method not supported: use PAP, CHAP or MS-CHAP"),
    authorize.Unasked.EAP_UNSUPPORTED: _("EAP (802.1X, WPA-Enterprise) not supported: use PAP, CHAP or MS-CHAP"),
    authorize.Unasked.GUESSING_SLOWED: _("Too many wrong passwords: not looked at"),
    # Packets that got no answer at all; they are counted under the same table.
    "nas_unknown": _("Packet from an unknown address"),
    "packet_malformed": _("Packet cannot be read"),
    "authenticator_wrong": _("Accounting signed with another secret"),
    "message_authenticator_wrong": _("Message-Authenticator wrong: is the secret the same?"),
    "message_authenticator_missing": _("Message-Authenticator missing"),
    "proxy_state_unsigned": _("Proxy-State without Message-Authenticator"),
    "report_unkeepable": _("Usage report that cannot be kept"),
    "too_busy": _("Dropped because too much was waiting"),
}

# Of an older or a newer version.
OTHER_REASON = _("Another reason")

# Refusals of verbs, shown beside the form's field.
TEXTS: dict[str, str | Promise] = {
    rules.Code.PLAN_INCOMPLETE: _("Name, price, speed and validity are required"),
    rules.Code.PLAN_NAME_TAKEN: _("There is a plan “%(name)s” already."),
    rules.Code.PLAN_RETIRED: _("“%(plan)s” is no longer sold."),
    rules.Code.PLAN_NOT_HOTSPOT: _("“%(plan)s” is not a hotspot plan: only those make vouchers."),
    rules.Code.USERNAME_TAKEN: _("Username already exists"),
    rules.Code.USERNAME_MISSING: _("A username is needed."),
    rules.Code.PASSWORD_SHORT: _("A password needs 6 characters or more. Leave it empty to have one made."),
    rules.Code.PASSWORD_UNREADABLE: _(
        "A password holds no line breaks or other control characters, and at most 128 bytes."
    ),
    rules.Code.FRAMED_ADDRESS_INVALID: _("“%(address)s” is not an IPv4 address that a customer can have."),
    rules.Code.FRAMED_ADDRESS_TAKEN: _("Another subscription has this address."),
    rules.Code.FRAMED_ADDRESS_MISSING: _("IP address is required"),
    rules.Code.SUBSCRIPTION_ENDED: _("This subscription has ended: add a new one."),
    rules.Code.PERIOD_NOT_NEXT: _("No period that was paid ahead is next any more: look at the package again."),
    rules.Code.SESSION_ENDED: _("This session has ended already."),
    rules.Code.VOUCHER_IS_VOID: _("The voucher %(voucher)s is void already."),
    rules.Code.SHEET_IS_VOID: _("Sheet %(number)s is void: print another one."),
    rules.Code.BATCH_EMPTY: _("A batch has one sheet with one voucher at least."),
    rules.Code.BATCH_TOO_LARGE: _("A batch has at most %(vouchers)s vouchers, on at most %(sheets)s sheets."),
    rules.Code.SHEET_UNKNOWN: _("The batch has the sheets 1 to %(sheets)s; the last is not before the first."),
    rules.Code.PERCENT_WRONG: _("A percentage is a whole number from 1 to 100."),
    rules.Code.TRIGGER_ADDRESS_MISSING: _("Give an e-mail address or a mobile number: with neither nobody is told."),
    rules.Code.TRIGGER_CHANNEL_MISSING: _("Choose e-mail, SMS or both: with neither nobody is told."),
    rules.Code.TRIGGER_TAKEN: _("There is such a trigger at %(percent)s %% already."),
    rules.Code.TRIGGERS_MANY: _("There are %(most)s triggers already: delete one first."),
}


def public_text(refusal: authorize.Refusal) -> str:
    """What a refused login reads, in the language that is active."""
    if refusal.code is authorize.Code.SESSION_LIMIT and refusal.detail.get("of_voucher"):
        most = refusal.detail["limit"]
        text = ngettext(
            "This code is already used on %(n)s device. Disconnect it and try again, or buy another voucher.",
            "This code is already used on %(n)s devices. Disconnect one and try again, or buy another voucher.",
            most,
        )
        return text % {"n": most}
    return str(PUBLIC[refusal.code])


def detail_text(verdict: authorize.Verdict, organization: Organization) -> str:
    """What a rule looked at, in a few words: `148 of 300 GB`, `to 30 Nov 2026`, `Overdue since 06:15`."""
    detail = verdict.detail
    if verdict.code is authorize.Code.SUSPENDED and detail:
        kind = SuspensionKind(detail["kind"]).label
        return gettext("%(kind)s since %(time)s") % {"kind": kind, "time": _moment(detail["since"], organization)}
    if detail.get("since"):
        text = gettext("since %(time)s") % {"time": _moment(detail["since"], organization)}
        return f"{text}: {detail['reason']}" if detail.get("reason") else text
    if "until" in detail:
        return _end_text(detail, organization)
    if "limit_bytes" in detail or "limit_seconds" in detail:
        return _used_text(detail)
    if "sheet" in detail:
        return gettext("sheet %(number)s") % {"number": detail["sheet"]}
    if "live" in detail:
        return _of(str(detail["live"]), str(detail["limit"]))
    return str(detail.get("group") or detail.get("plan") or detail.get("name") or "")


def _end_text(detail: dict[str, Any], organization: Organization) -> str:
    end = _until(detail["until"], organization) if detail["until"] else gettext("no end date")
    return gettext("not used yet, %(end)s") % {"end": end} if detail.get("state") == "unused" else end


def _used_text(detail: dict[str, Any]) -> str:
    """`148 of 300 GB`; of what has both limits, both."""
    parts = []
    if detail.get("limit_bytes"):
        parts.append(_of(units.show_bytes(detail["used_bytes"]), units.show_bytes(detail["limit_bytes"])))
    if detail.get("limit_seconds"):
        parts.append(_of(units.show_seconds(detail["used_seconds"]), units.show_seconds(detail["limit_seconds"])))
    return ", ".join(parts) or gettext("no limit")


def _of(used: str, limit: str) -> str:
    return gettext("%(used)s of %(limit)s") % {"used": used, "limit": limit}


def _until(end: datetime, organization: Organization) -> str:
    """When something ends: the whole day where its end is that of a day."""
    last = clock.last_day(end, organization.timezone)
    return (
        _moment(end, organization) if last is None else str(format_date(last, "medium", locale=_language(organization)))
    )


def _language(organization: Organization) -> str:
    # Plain English has American dates; operators of our countries write the day first.
    return "en_GB" if organization.language == "en" else organization.language


def _moment(instant: datetime, organization: Organization) -> str:
    zone, language = get_timezone(organization.timezone), _language(organization)
    try:
        return str(format_datetime(instant, "medium", tzinfo=zone, locale=language))
    except OverflowError:
        # The last day of the calendar has no local time in zones east of Greenwich.
        return instant.date().isoformat()
