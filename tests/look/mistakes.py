"""What the main forms say to somebody who filled them in wrongly."""

from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Page

from tests.look.examples import At, Example
from tests.look.people import People

# The browser would keep back a form that lacks something: the page's own words are what we want to see.
_UNCHECKED: Final = "form => { form.noValidate = true }"


@dataclass(frozen=True, slots=True)
class Mistake:
    """What somebody typed into the form of a page: the first field says which form."""

    name: str
    on: Example
    typed: dict[str, str]


def make(people: People, mistake: Mistake) -> Page:
    """The page that comes back."""
    page = people.open(mistake.on)
    form = page.locator("main form", has=page.locator(f"[name={next(iter(mistake.typed))}]"))
    form.evaluate(_UNCHECKED)
    for name, value in mistake.typed.items():
        form.locator(f"[name={name}]").first.fill(value)
    form.locator("button:not([type=button], [name=generate])").last.click()
    page.locator(".error, .notice.bad").first.wait_for(timeout=10_000)
    return page


def _wrong(url_name: str, who: str, /, **typed: str) -> Mistake:
    return Mistake(f"{url_name.replace(':', '-')}-mistakes", Example("", url_name, who), typed)


ALL: Final = [
    _wrong("console:sign_in", "stranger", email="owner@baobab.example", password="not this one"),
    _wrong("console:customer_add", "owner", username=""),
    # Warned of, and taken when it is sent once more.
    Mistake(
        "console-subscription_password-mistakes",
        Example("", "console:subscription_password", "owner", At("subscription")),
        {"password": " Straße-7"},
    ),
    Mistake(
        "console-customer_erasure-mistakes",
        Example("", "console:customer_erasure", "owner", At("customer.free")),
        {"account_number": "BN-1"},
    ),
    _wrong("console:plan_add", "owner", name="Home 10M", price="much"),
    _wrong("console:batch_add", "owner", sheets="0"),
    _wrong("console:nas_add", "owner", name="hilltop", address="not an address"),
    _wrong("console:site_add", "owner", name="Hilltop"),
    _wrong("console:staff_add", "owner", email="owner"),
    _wrong("console:account_password", "owner", password="1234"),
    _wrong("portal:register", "stranger", phone="12", password="1"),
    _wrong("portal:sign_in", "stranger", name="nobody", password="not this one"),
    _wrong("portal:code", "stranger", phone="12"),
    _wrong("portal:top_up", "newcomer", amount="much", phone="12"),
    _wrong("portal:account", "newcomer", email="nobody"),
    _wrong("captive:splash", "phone", phone="12"),
    Mistake("captive-code-mistakes", Example("", "captive:splash", "phone"), {"code": "NOPE-NOPE"}),
]
