"""A guest's phone at the demo's hotspot, in Chromium at 360 px: from the router's redirect to a live session."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.kit.chromium import chromium
from tests.kit.demo_process import Demo
from tests.kit.visitor import Visitor

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.needs("chromium", "chromium"),
    pytest.mark.needs("radclient", "freeradius-utils"),
]

# A payment takes the phone's owner a moment; the status query comes after 30 s.
PATIENCE_MS = 90_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A phone; without script unless the test asks for both."""
    has_script = getattr(request, "param", False)
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=has_script)
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.fixture
def phone() -> str:
    """A number that nobody of the demo has."""
    return f"+2547{next(_NUMBERS)}"


# The pages need no script; what it adds must not get in the way.
SCRIPT = [pytest.param(False, id="without script"), pytest.param(True, id="with script", marks=pytest.mark.once)]
both = pytest.mark.parametrize("page", SCRIPT, indirect=True)
_NUMBERS = iter(range(98_700_009, 98_800_000, 10))


def decides(demo: Demo, phone: str, behaviour: str, after_seconds: float = 1) -> None:
    content = json.dumps({"behaviour": behaviour, "after_seconds": after_seconds}).encode()
    address = f"{demo.told['practice_money']}/phone/{quote(phone)}"
    urllib.request.urlopen(urllib.request.Request(address, content), timeout=10).close()


def prompts(demo: Demo, phone: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{demo.told['practice_money']}/phone/{quote(phone)}", timeout=10) as answer:
        found: list[dict[str, Any]] = json.load(answer)
    return found


def sees(page: Page, text: str) -> None:
    expect(page.get_by_text(text, exact=False).first).to_be_visible(timeout=PATIENCE_MS)


def arrives(page: Page, demo: Demo) -> None:
    """The phone joins the Wi-Fi: the router redirects it to us."""
    page.goto(f"{demo.told['hotspot']}/")
    page.wait_for_url("**/baobab/hotspot/**")
    assert page.get_by_role("heading", name="Get online").is_visible()


def buys(page: Page, phone: str, plan: str = "Day pass") -> None:
    page.get_by_text(plan, exact=True).click()
    page.get_by_label("phone", exact=False).fill(phone)
    page.get_by_role("button", name="Buy Voucher").click()


def is_online(page: Page) -> None:
    page.wait_for_url("**/hotspot/online/**", timeout=PATIENCE_MS)
    expect(page.get_by_role("heading", name="You are online")).to_be_visible(timeout=PATIENCE_MS)
    no_wider_than_the_phone(page)


def no_wider_than_the_phone(page: Page) -> None:
    size = page.viewport_size
    box = page.locator("body").bounding_box()
    assert size, page.url
    assert box, page.url
    assert box["width"] <= size["width"]


def holds(demo: Demo, phone: str, *, vouchers: int, payments: int, live: int) -> None:
    """What the database has of the customer with this phone: vouchers, settled payments, live sessions."""
    demo.change(
        "from headend.billing.models import Payment\n"
        "from headend.customers.models import Customer\n"
        f"c = Customer.objects.get(phone={phone!r})\n"
        f"assert Voucher.objects.filter(customer=c).count() == {vouchers}, 'vouchers'\n"
        f"assert Payment.objects.filter(customer=c, state='settled').count() == {payments}, 'payments'\n"
        "import time\n"
        "for _ in range(50):\n"
        "    found = Session.objects.filter(customer=c, voucher__isnull=False, ended_at=None).count()\n"
        f"    if found == {live}: break\n"
        "    time.sleep(0.2)\n"
        f"assert found == {live}, 'sessions'"
    )


@both
def test_a_guest_pays_and_is_online_and_the_callback_comes_twice(demo: Demo, page: Page, phone: str) -> None:
    decides(demo, phone, "twice", after_seconds=2)
    arrives(page, demo)
    no_wider_than_the_phone(page)
    buys(page, phone)
    sees(page, "Check your phone")
    no_wider_than_the_phone(page)

    is_online(page)

    holds(demo, phone, vouchers=1, payments=1, live=1)
    (prompt,) = prompts(demo, phone)
    assert prompt["delivered"] == 2
    assert prompt["answers"] == [200, 200]


def test_the_provider_says_nothing_and_is_asked(demo: Demo, page: Page, phone: str) -> None:
    decides(demo, phone, "pays_silently")
    arrives(page, demo)
    buys(page, phone)
    sees(page, "Check your phone")
    # Meanwhile the phone looks by itself whether it is online: the router makes another challenge, and forgets ours.
    page.context.request.get(f"{demo.told['hotspot']}/login")

    is_online(page)

    holds(demo, phone, vouchers=1, payments=1, live=1)
    assert prompts(demo, phone)[0]["delivered"] == 0


def test_who_declines_is_told_and_can_try_again(demo: Demo, page: Page, phone: str) -> None:
    decides(demo, phone, "declines")
    arrives(page, demo)
    buys(page, phone)
    sees(page, "Not paid")
    sees(page, "cancelled on the phone")
    decides(demo, phone, "pays")
    page.get_by_role("button", name="Try again").click()

    is_online(page)

    holds(demo, phone, vouchers=1, payments=1, live=1)


@both
def test_registered_on_the_splash_and_online_without_typing_a_code(demo: Demo, page: Page, phone: str) -> None:
    decides(demo, phone, "early")
    arrives(page, demo)
    page.get_by_role("link", name="Register").click()
    page.wait_for_url("**/baobab/portal/register/**")
    page.get_by_label("First name").fill("Zawadi")
    page.get_by_label("Last name").fill("Njoroge")
    page.get_by_label("Phone", exact=False).fill(phone)
    page.get_by_label("Password", exact=False).first.fill("simba-na-twiga")
    page.get_by_role("button", name="Register").click()
    page.wait_for_url("**/baobab/portal/buy/**")
    no_wider_than_the_phone(page)
    page.get_by_text("Day pass", exact=True).click()
    page.get_by_role("button", name="Buy Voucher").click()

    is_online(page)

    holds(demo, phone, vouchers=1, payments=1, live=1)


@both
def test_a_printed_code(demo: Demo, page: Page) -> None:
    arrives(page, demo)
    page.get_by_label("voucher code", exact=False).fill("nonsense")
    page.get_by_role("button", name="Connect").click()
    sees(page, "not known")
    page.get_by_label("voucher code", exact=False).fill(demo.told["voucher"]["code"].lower())
    page.get_by_role("button", name="Connect").click()

    is_online(page)


def test_the_plan_is_retired_while_the_guest_pays(demo: Demo, page: Page, phone: str, owner: Visitor) -> None:
    """The payment is settled, the money is in the wallet, the guest is told, and staff see a red line."""
    demo.change("Plan.objects.filter(name='Week pass').update(retired_at=None)")
    decides(demo, phone, "pays", after_seconds=4)
    arrives(page, demo)
    buys(page, phone, "Week pass")
    sees(page, "Check your phone")
    demo.change("from headend.access import plans; plans.retire(plan=Plan.objects.get(name='Week pass'), by=None)")

    sees(page, "Your money is in your account")

    holds(demo, phone, vouchers=0, payments=1, live=0)
    demo.change(
        "from headend.ledger import accounts\nfrom headend.customers.models import Customer\n"
        f"assert accounts.balance(customer=Customer.objects.get(phone={phone!r})) == 25000"
    )
    assert "is no longer sold" in owner.open("/baobab/console/")
    audit = demo.headend("audit").stdout
    assert "FAILED" not in [line.split()[0] for line in audit.splitlines() if "purchase" in line or "payment" in line]


def test_a_login_address_that_is_not_the_routers_is_refused(demo: Demo, page: Page) -> None:
    arrives(page, demo)
    forged = page.url.replace(quote(demo.told["hotspot"], safe=""), quote("http://evil.example", safe=""))
    assert forged != page.url

    page.goto(forged)

    sees(page, "not set up right")
    assert page.get_by_role("button", name="Buy Voucher").count() == 0
    assert "evil.example" not in page.content().replace(forged, "")
