"""The bases of what guests and customers see, and the parts that both are made of."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.template import Context, engines
from django.template.loader import render_to_string
from django_cotton.compiler_regex import CottonCompiler

import headend
from headend.access import plans
from headend.access.models import Plan
from headend.system import logos, organizations
from headend.ui import brand
from headend.ui.templatetags import show
from tests.kit import pictures
from tests.kit.world import World

STATIC = Path(headend.__file__).parent / "ui" / "static" / "headend"
PAGE_MOST_BYTES = 50_000
ROOM_BYTES = 10_000
CAPTIVE_MOST_BYTES = 12_000
SCRIPT_MOST_BYTES = 3_000

pytestmark = pytest.mark.django_db


def captive(world: World, **context: Any) -> str:
    return render_to_string("captive.html", {"organization": world.organization, **context})


def draw(source: str, **context: Any) -> str:
    """A few lines of template with our components in them."""
    compiled = engines["django"].from_string(CottonCompiler().process(source))
    text: str = compiled.template.render(Context(context))
    return re.sub(r"\s+", " ", text).strip()


class Tags(HTMLParser):
    """The tags of a page, each with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_a_captive_page_names_whose_it_is(world: World) -> None:
    organizations.edit(organization=world.organization, by=None, support_phone="0700 123 456")

    page = captive(world, place="Hilltop <Café>")

    assert "<b>Baobab Net</b><small>Wi-Fi at Hilltop &lt;Café&gt;</small>" in page
    assert '<a class="tel" href="tel:+254700123456">0700 123 456</a>' in page
    assert f'<link rel="stylesheet" href="{show.theme_url(world.organization)}">' in page
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
    assert "<title>Wi-Fi · Baobab Net</title>" in page


def test_without_a_place_or_a_phone_nothing_is_made_up(world: World) -> None:
    page = captive(world)

    assert "<small>Wi-Fi</small>" in page
    assert "Help" not in page
    assert "http-equiv" not in page


def test_a_captive_page_has_no_script(world: World) -> None:
    assert Tags(captive(world)).all("script") == []


def test_a_captive_page_may_move_on_by_itself(world: World) -> None:
    page = captive(world, refresh='0; url=http://10.5.50.1/login?username=a&password="b"')

    (refresh,) = [meta for meta in Tags(page).all("meta") if "http-equiv" in meta]
    assert refresh["content"] == '0; url=http://10.5.50.1/login?username=a&password="b"'


def test_a_captive_page_stays_light(world: World) -> None:
    """The page, its two stylesheets, the icon and the largest logo: under 50 kB, with room for what a page says."""
    logos.put(organization=world.organization, content=pictures.JPEG, by=None)
    page = captive(world)

    loaded = [attributes.get("href") or attributes.get("src") for _, attributes in Tags(page).found]
    files = [(STATIC / place.rpartition("/")[2]) for place in loaded if place and place.startswith("/static/")]
    assert [file.name for file in files] == ["mark.svg", "captive.css"]
    assert len([place for place in loaded if place and place.startswith("/baobab/brand/")]) == 2
    ours = sum(file.stat().st_size for file in files) + len(brand.stylesheet("#f2b52e")) + len(page.encode())
    assert ours + logos.BYTES_MOST < PAGE_MOST_BYTES - ROOM_BYTES


def test_files_of_guests_stay_small() -> None:
    assert (STATIC / "captive.css").stat().st_size < CAPTIVE_MOST_BYTES
    assert (STATIC / "portal.js").stat().st_size < SCRIPT_MOST_BYTES


def test_what_old_browsers_lack_is_not_asked_of_them() -> None:
    text = re.sub(r"/\*.*?\*/", "", (STATIC / "captive.css").read_text(), flags=re.DOTALL)

    assert re.findall(r"@layer|color-mix|oklch|lch\(|:has\(|light-dark|\bgap:|url\(|@import", text) == []


@pytest.mark.parametrize("sheet", ["captive.css", "ui.css"])
@pytest.mark.parametrize(
    "name", ["plans", "plan", "fact", "key", "wait", "done", "btn", "input", "logo", "error", "quiet"]
)
def test_both_stylesheets_know_what_the_parts_are_made_of(sheet: str, name: str) -> None:
    assert re.search(rf"\.{name}\b", (STATIC / sheet).read_text())


@pytest.fixture
def week_pass(world: World) -> Plan:
    return plans.add(
        organization=world.organization,
        by=None,
        name="Week & more",
        connection_type="hotspot",
        price_minor=25_050,
        download_kbps=2_500,
        upload_kbps=1_000,
        validity_count=7,
        validity_unit="days",
        cap_bytes=10_500_000_000,
        time_limit_seconds=90 * 60,
    )


def test_the_choice_of_plans(world: World, week_pass: Plan) -> None:
    source = '<c-plans :plans="plans" chosen="{{ chosen }}" title="Packages" error="{{ error }}" />'
    context = {"organization": world.organization, "plans": [world.day_pass, week_pass], "error": "Choose <one>."}

    text = draw(source, chosen=week_pass.pk, **context)

    radios = Tags(text).all("input")
    assert [(radio["name"], radio["value"], "checked" in radio) for radio in radios] == [
        ("plan", str(world.day_pass.pk), False),
        ("plan", str(week_pass.pk), True),
    ]
    assert "<legend>Packages</legend>" in text
    assert '<p class="error" id="plan-error" role="alert">Choose &lt;one&gt;.</p>' in text
    assert "<b>Week &amp; more</b>" in text
    assert "<strong>KES\xa0250.50</strong>" in draw(source, chosen="", **context).replace("KES 250", "KES\xa0250")
    assert not any("checked" in radio for radio in Tags(draw(source, chosen="", **context)).all("input"))


def test_a_choice_of_one_is_made(world: World) -> None:
    text = draw('<c-plans :plans="plans" />', organization=world.organization, plans=[world.day_pass])

    assert ["checked" in radio for radio in Tags(text).all("input")] == [True]


def test_nothing_to_choose_is_said(world: World) -> None:
    assert "Nothing is on sale here" in draw('<c-plans :plans="plans" />', organization=world.organization, plans=[])


def test_a_code_with_and_without_a_button() -> None:
    plain = draw('<c-code code="K7QM-3XPT" password="s3cret">Keep it.</c-code>')
    with_button = draw('<c-code code="K7QM-3XPT" copy />')

    assert '<b class="key" id="code-K7QM-3XPT">K7QM-3XPT</b>' in plain
    assert '<b class="key less" id="password-K7QM-3XPT">s3cret</b>' in plain
    assert "Your voucher code" in plain
    assert "Keep it." in plain
    assert Tags(plain).all("button") == []
    (button,) = Tags(with_button).all("button")
    # Who has no script has no use for it.
    assert (button["data-copy"], "hidden" in button) == ("code-K7QM-3XPT", True)
    assert "Password" not in with_button


def test_waiting_is_said_in_words_and_polled_where_asked() -> None:
    plain = draw('<c-wait label="Waiting for Practice money">Asked 12 seconds ago.</c-wait>')
    polled = draw('<c-wait poll="/baobab/portal/x/">Asked.</c-wait>')

    assert '<p role="status">Asked 12 seconds ago.</p>' in plain
    assert 'aria-label="Waiting for Practice money"' in plain
    assert "data-poll" not in plain
    assert 'data-poll="/baobab/portal/x/"' in polled


@pytest.mark.parametrize(("visit", "fields"), [("", 0), ("a&b", 1)])
def test_a_visit_goes_along(world: World, visit: str, fields: int) -> None:
    text = draw("<c-visit /><a href=\"{% way 'console:plan' 7 %}\">x</a>", organization=world.organization, visit=visit)

    assert len(Tags(text).all("input")) == fields
    (link,) = Tags(text).all("a")
    assert link["href"] == "/baobab/console/plans/7/" + ("?visit=a%26b" if visit else "")


def test_plans_in_words(world: World, week_pass: Plan) -> None:
    assert show.terms(world.day_pass) == "24 hours, 2 GB, 8 hours online, 4 Mbit/s, 2 devices".replace(
        " ", "\xa0"
    ).replace(",\xa0", ", ")
    assert show.terms(week_pass).replace("\xa0", " ") == "7 days, 10.5 GB, 90 minutes online, 2.5 Mbit/s"


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (5_000, "KES", "KES 50"),
        (500_000, "KES", "KES 5,000"),
        (5_050, "KES", "KES 50.50"),
        (5_000, "UGX", "UGX 5,000"),
        (0, "KES", "Free"),
    ],
)
def test_what_a_guest_pays(minor: int, currency: str, text: str) -> None:
    assert show.cost(minor, currency).replace("\xa0", " ") == text


@pytest.mark.parametrize(
    ("typed", "url"),
    [("0700 123 456", "tel:+254700123456"), ("+254 20 222 2222", "tel:+254202222222"), ("Call 333", "tel:333")],
)
def test_a_number_can_be_dialled(typed: str, url: str) -> None:
    assert show.tel_url(typed, "KE") == url
