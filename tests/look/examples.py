"""Every page of console, portal and captive as somebody opens it in a running demo: for pictures, and for axe.

The list is made from the tables of addresses, so that a new page is in it. What stands in an address
is in `tests/kit/sample.py`, in several states in `THINGS`; an address without a page of its own is in `NO_PAGE` with the reason.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from django.urls import URLPattern, reverse

from headend.doors.captive.urls import urlpatterns as captive_urls
from headend.doors.console.urls import urlpatterns as console_urls
from headend.doors.portal.urls import urlpatterns as portal_urls
from tests.kit.sample import thing_of

ROOT: Final = Path(__file__).resolve().parents[2]
DOORS: Final = {"console": console_urls, "portal": portal_urls, "captive": captive_urls}
TABLES: Final = {"console": "permissions.txt", "portal": "portal_permissions.txt"}
SLUG: Final = "baobab"
# A small organization in which hardly anything has happened: its lists are empty.
EMPTY_SLUG: Final = "acacia"

# Why an address has no picture, besides those that are only posted to.
NO_PAGE: Final = {
    "console:session_disconnection": "tells a script how it stands, and leads others to the session",
    "portal:login": "leads to the sign-in",
    "portal:again": "leads to the purchase; what was posted wrongly is shown there",
    "portal:purchase_waiting": "answers a script without a page",
    "portal:payment_waiting": "answers a script without a page",
    "portal:register_code": "the demo lets everybody register without a code",
    "captive:code": "only posted to",
    "captive:buy": "only posted to",
    "captive:again": "only posted to",
}


@dataclass(frozen=True, slots=True)
class At:
    """What stands in an address: the name of an object of `sample.py`, and other words."""

    thing: str = ""
    words: dict[str, str] = field(default_factory=dict)


# Addresses that ask for another object than the usual one, or that look different with several.
THINGS: Final[dict[str, list[At]]] = {
    "console:customer": [
        At("customer"),
        At("customer.overdue"),
        At("customer.abuse"),
        At("customer.deleted"),
        At("customer.draft"),
        At("customer.waiting"),
        At("customer.new"),
        At("customer.guest"),
        At("customer.erased"),
    ],
    "console:customer_panel": [At("customer", {"name": "ledger"}), At("customer.guest", {"name": "vouchers"})],
    "console:customer_deletion_lift": [At("customer.deleted")],
    "console:customer_erasure": [At("customer.free"), At("customer.owing")],
    "console:customer_refund": [At("customer.guest"), At("customer")],
    "console:customer_write_off": [At("customer.guest")],
    "console:customer_debt_write_off": [At("customer.owing")],
    "console:customer_ledger": [At("customer"), At("customer.new")],
    "console:customer_messages": [At("customer"), At("customer.guest")],
    "console:customer_suspension_lift": [At("customer.abuse", {"kind": "abuse"})],
    "console:customer_vouchers": [At("customer.guest"), At("customer.new")],
    "console:subscription_activation": [At("subscription.draft")],
    "console:subscription_completion": [At("subscription.draft")],
    "console:subscription_start": [At("subscription.waiting")],
    "console:subscription_next": [At("guest.package")],
    "console:subscription_block_lift": [At("subscription.blocked")],
    "console:device_block_lift": [At("device.blocked")],
    "console:group_suspension_lift": [At("group.disabled", {"kind": "disabled"})],
    "console:join": [At("invitation.token")],
    "console:broadcast": [At("broadcast"), At("broadcast.finished")],
    "console:broadcast_stop": [At("broadcast.finished")],
    "console:session": [At("session"), At("session.ended")],
    "console:sheet": [At("sheet"), At("sheet.released")],
    "console:voucher": [At("voucher"), At("voucher.used"), At("voucher.void")],
    "console:notice": [At(words={"channel": "sms", "code": "package.expired"})],
    "console:payment": [At("payment"), At("payment.unknown"), At("payment.failed")],
    "console:plan": [At("plan"), At("plan.hotspot"), At("plan.retired")],
    "console:plan_edit": [At("plan"), At("plan.hotspot")],
    "console:plan_retirement_lift": [At("plan.retired")],
    "portal:package_next": [At("guest.package")],
    "portal:password_link": [At("guest.password_link")],
    "portal:purchase": [
        At("guest.purchase"),
        At("guest.purchase.waiting"),
        At("guest.purchase.failed"),
        At("guest.purchase.silent"),
        At("guest.purchase.kept"),
    ],
    "portal:payment": [At("guest.payment")],
    "captive:purchase": [
        At("guest.purchase.waiting"),
        At("guest.purchase.failed"),
        At("guest.purchase.silent"),
        At("guest.purchase.kept"),
    ],
    "captive:connect": [At("guest.purchase")],
}
# Who opens a page that is for nobody who is signed in.
STRANGERS: Final = {
    "console:sign_in",
    "console:join",
    "portal:sign_in",
    "portal:register",
    "portal:code",
    "portal:code_check",
    "portal:code_mailed",
    "portal:password_link",
}
USERS: Final = {"console": "owner", "portal": "guest", "captive": "phone"}


@dataclass(frozen=True, slots=True)
class Example:
    """One page: the name of its picture, where it is, and who opens it."""

    name: str
    url_name: str
    who: str
    at: At = At()
    slug: str = SLUG
    query: str = ""

    def path(self, objects: dict[str, Any]) -> str:
        """Its address, with the objects of `sample.py`."""
        values: dict[str, Any] = {"slug": self.slug, **self.at.words}
        for parameter in _parameters(self.url_name):
            if parameter in ("pk", "uid", "token"):
                values[parameter] = objects[self.at.thing]
        return reverse(self.url_name, kwargs=values) + self.query


# What a page looks like to others, and where there is nothing yet.
MORE: Final = [
    Example("console-customers-nobody-found", "console:customers", "owner", query="?q=nobodyiscalledthis"),
    Example("console-dashboard-support", "console:dashboard", "support"),
    Example("console-settings-forbidden", "console:settings", "support"),
    *(
        Example(f"console-{name}-empty", f"console:{name}", "neighbour", slug=EMPTY_SLUG)
        for name in ("dashboard", "customers", "sessions", "payments", "groups", "nas", "plans", "batches")
    ),
    Example("portal-dashboard-package", "portal:dashboard", "subscriber"),
    Example("portal-dashboard-new", "portal:dashboard", "newcomer"),
    Example("portal-buy-new", "portal:buy", "newcomer"),
    Example("portal-history-new", "portal:history", "newcomer"),
    Example("portal-purchase-missing", "portal:purchase", "newcomer", At("guest.purchase")),
    Example("console-notice-mail", "console:notice", "owner", At(words={"channel": "email", "code": "voucher.bought"})),
    Example("captive-splash-at-home", "captive:splash", "stranger"),
    Example("captive-bought-at-home", "captive:purchase", "stranger", At("guest.purchase")),
]


def all_of_them() -> list[Example]:
    """Every page of the demo."""
    return [example for url_name in pages() for example in of(url_name)] + MORE


def one_of_each() -> list[Example]:
    """Every page once."""
    return [of(url_name)[0] for url_name in pages()]


def pages() -> list[str]:
    """The names of the addresses that have a page, as `console:customer`."""
    posted = set(posted_to())
    return [name for name in names() if name not in NO_PAGE and name not in posted]


def names() -> list[str]:
    """The names of all addresses of the three doors."""
    return [
        f"{door}:{pattern.name}"
        for door, patterns in DOORS.items()
        for pattern in patterns
        if isinstance(pattern, URLPattern)
    ]


def posted_to() -> Iterator[str]:
    """The addresses that the tables of permissions give no GET."""
    for door, table in TABLES.items():
        for line in (ROOT / "tests" / table).read_text().splitlines():
            words = line.split()
            if words[1:2] == ["GET"] and set(words[2:]) - {"in"} == {"-"}:
                yield f"{door}:{words[0]}"


def of(url_name: str) -> list[Example]:
    """The examples of one address. Raises LookupError where its object is not known here."""
    door, _, name = url_name.partition(":")
    who = "stranger" if url_name in STRANGERS else USERS[door]
    found = []
    for at in THINGS.get(url_name) or [_usual(url_name)]:
        _thing, _dot, variant = at.thing.partition(".")
        ending = f"-{variant.replace('.', '-')}" if variant and len(THINGS.get(url_name, ())) > 1 else ""
        found.append(Example(f"{door}-{name}{ending}", url_name, who, at))
    return found


def sample(environment: dict[str, str]) -> dict[str, Any]:
    """What `sample.py` prints for the demo with this environment."""
    command = [sys.executable, "-m", "tests.look.sample"]
    settings = {"DJANGO_SETTINGS_MODULE": "headend.config.settings", "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
    done = subprocess.run(command, env={**environment, **settings}, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _usual(url_name: str) -> At:
    """The object that an address opens where nothing else is said. Raises LookupError for one that nobody wrote down."""
    parameters = set(_parameters(url_name))
    if not parameters:
        return At()
    thing = thing_of(url_name.removeprefix("console:"))
    if parameters != {"pk"} or not thing:
        raise LookupError(f"{url_name} has no example: say in tests/look/examples.py what stands in its address")
    return At(thing)


def _parameters(url_name: str) -> list[str]:
    door, _, name = url_name.partition(":")
    return list(next(pattern for pattern in DOORS[door] if pattern.name == name).pattern.converters)
