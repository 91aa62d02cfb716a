"""The look: what the stylesheets and templates promise."""

import re
from pathlib import Path

from django.template import RequestContext, Template
from django.test import RequestFactory

import headend
from headend.system.models import Organization
from headend.ui import charts, states
from headend.ui.charts import Day
from headend.ui.templatetags import show

HERE = Path(headend.__file__).parent
STATIC = HERE / "ui" / "static" / "headend"
TEMPLATES = sorted([*HERE.glob("ui/templates/**/*.html"), *HERE.glob("doors/**/templates/**/*.html")])
PYTHON = sorted([*HERE.glob("ui/**/*.py"), *HERE.glob("doors/console/**/*.py")])


def test_the_two_dark_blocks_are_the_same() -> None:
    text = (STATIC / "tokens.css").read_text()
    by_system = re.search(r':root:not\(\[data-theme="light"\]\) \{(.*?)\n    \}', text, re.DOTALL)
    by_person = re.search(r':root\[data-theme="dark"\] \{(.*?)\n  \}', text, re.DOTALL)
    assert by_system is not None
    assert by_person is not None
    assert by_system[1].split() == by_person[1].split()


def test_the_stylesheet_holds_no_literal_colour() -> None:
    text = re.sub(r"@layer print.*", "", (STATIC / "ui.css").read_text(), flags=re.DOTALL)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;\s])|rgb\(|hsl\(", text) == []


def test_no_template_holds_style_or_script() -> None:
    wrong = []
    for path in TEMPLATES:
        text = path.read_text()
        if re.search(r'\sstyle=|<style|\son[a-z]+="|hx-on|js:|<script(?![^>]*\ssrc=)', text):
            wrong.append(path.name)
    assert wrong == []


def test_every_icon_is_in_the_sprite() -> None:
    have = set(re.findall(r'<symbol id="([a-z0-9-]+)"', (STATIC / "icons.svg").read_text()))
    used = {state.icon for state in states.STATES.values()}
    for path in TEMPLATES:
        used |= set(re.findall(r'{% icon "([a-z0-9-]+)"', path.read_text()))
        used |= set(re.findall(r'glyph="([a-z0-9-]+)"', path.read_text()))
    for path in PYTHON:
        used |= set(re.findall(r'icon="([a-z0-9-]+)"', path.read_text()))
    assert used - have == set()
    assert len(used) > 20


def test_every_state_drawn_is_known() -> None:
    used = set()
    for path in TEMPLATES:
        used |= set(re.findall(r'{% state "([a-z_]+)"', path.read_text()))
    assert used - set(states.STATES) == set()


def test_a_chart_is_drawn_to_its_scale() -> None:
    from datetime import date

    days = [Day(date(2026, 11, number), number * 10**9, 0) for number in range(1, 12)]
    chart = charts.usage(days)
    assert chart.y == ["20 GB", "10 GB", "0"]
    assert (chart.bars[9].y, chart.bars[9].height) == ("50.0", "50.0")
    assert [bar.soft for bar in chart.bars] == [False] * 10 + [True]
    assert chart.total_bytes == 66 * 10**9


def test_a_chart_of_nothing_is_flat() -> None:
    from datetime import date

    assert [bar.height for bar in charts.usage([Day(date(2026, 11, 1), 0, 0)]).bars] == ["0.0"]


def test_figures_stand_in_a_line() -> None:
    minors = (-250_000, 50, 1_160_000_00)
    assert [show.figure(minor, "KES") for minor in minors] == ["−2,500.00", "0.50", "1,160,000.00"]
    assert show.figure(-5_000, "UGX") == "−5,000"


def test_what_pages_share_is_drawn_in_one_place() -> None:
    """The parts that have a component are not written out again."""
    drawn = {
        "table": r'<table class="table stacks',
        "toast": r'class="toast"',
        "dialog": r"<dialog\b",
        "badge": r'class="state[ "]',
        "empty": r'class="empty"',
        "notice": r'class="notice ',
        "chart": r'class="chart"',
        "head": r'class="page-head"',
        "act": r'<a\s+class="btn plain square"',
        "search": r'class="tools row" role="search"',
    }
    places = {
        name: sorted(path.stem for path in TEMPLATES if re.search(pattern, path.read_text()))
        for name, pattern in drawn.items()
    }
    # A state, a badge and what is done in a row are written by functions; a form's mistakes are a notice that takes the focus.
    elsewhere = {"badge": [], "act": [], "notice": ["mistakes", "notice"]}
    assert places == {**{name: [name] for name in drawn}, **elsewhere}


def test_what_is_pressed_is_drawn_in_one_place() -> None:
    context = RequestContext(
        RequestFactory().get("/"), {"organization": Organization(slug="baobab"), "name": "Salt & Sons"}
    )
    written = '{% go "eye" "console:customer" 7 square=True %} View {{ name }} {% endgo %}{% send "" "/there/" line=True %}Go{% endsend %}'
    drawn = Template(written).render(context)

    assert re.sub(r'value="\w+"|<use .*?/>', "", drawn) == (
        '<a class="btn plain square" href="/baobab/console/customers/7/">'
        '<svg class="icon" role="img" aria-label="View Salt &amp; Sons"></svg></a>'
        '<form class="inline" method="post" action="/there/"><input type="hidden" name="csrfmiddlewaretoken" >'
        '<button class="btn">Go</button></form>'
    )
