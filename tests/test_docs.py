"""The documents say what the code does: what is missing in them fails here, and so does what is no longer true."""

import importlib
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from headend.access import authorize
from headend.access import reasons as access_reasons
from headend.billing import reasons as billing_reasons
from headend.messaging.catalogue import CAUSES
from headend.system import events
from headend.ui import sentences
from tests import reference
from tests.test_tidy import PRODUCT, ROOT, SOURCE, TEMPLATES, texts_by_package

REFERENCE = ROOT / "docs" / "reference"
# What tells people which button to press.
SPOKEN = [*REFERENCE.glob("*.md"), *(ROOT / "docs" / "guides").glob("*.md")]
TUTORIAL = ROOT / "docs" / "tutorial.md"
DOCUMENTS = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
# Said by one process of ours to another, and by nobody else.
OURS = {"HEADEND_SUPERVISOR"}
# Django's own: it has commands and options of its own.
NOT_OURS = {"manage"}
# What the reference itself stresses.
OWN_WORDS = {"Keep a copy in another place"}
# Of the system that Headend runs on.
OTHERS_WORDS = {"System clock synchronized: yes"}
COMMON = {"--home", "--web", "--auth", "--acct"}
# The codes of payments that failed come from providers; they are no refusals of ours.
FAILURES_TITLE = "Why a payment by mobile money failed"


def rows(name: str, title: str = "") -> Iterator[list[str]]:
    """The rows of a document's tables, below a title where one is given: the cells, without headings and rules."""
    text = (REFERENCE / name).read_text()
    part = text.split(f" {title}\n", 1)[1].split("\n## ", 1)[0] if title else text
    if title and f"\n### {title}\n" in text:
        part = part.split("\n### ", 1)[0]
    for line in part.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" |")]
        if line.startswith("| `"):
            yield cells


def code_of(cell: str) -> str:
    """`` `user_unknown` `` without its marks; fails where a cell holds anything else."""
    found = re.fullmatch(r"`([^`]+)`", cell)
    assert found, cell
    return found[1]


def shown(text: object) -> str:
    """A text as the documents write it: … for what is put in, and of one and many the many."""
    if not isinstance(text, str) and not str(text):
        # Which of the two it is shows only once the number is put in.
        return str(text % defaultdict(lambda: "…"))  # type: ignore[operator]  # a text that waits for its number
    return re.sub(r"%\(\w+\)s", "…", str(text)).replace("%%", "%")


# ---- commands and settings ----


def test_the_commands_that_are_named_exist() -> None:
    commands = set(re.findall(r"^([a-z]+)\(\) \{ #: ", (ROOT / "run").read_text(), re.MULTILINE))
    named = {name for path in DOCUMENTS for name in re.findall(r"\./run ([a-z]+)", path.read_text())}

    assert {"demo", "test"} <= named
    assert named <= commands


def test_every_command_is_documented_with_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    commands = importlib.import_module("headend.__main__").COMMANDS
    text = (REFERENCE / "commands.md").read_text()
    sections = dict(re.findall(r"^## `headend (\w+)`\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))

    assert list(sections) == list(commands)
    for name in commands.keys() - NOT_OURS:
        with pytest.raises(SystemExit):
            importlib.import_module(f"headend.cli.{name}").run(["--help"])
        options = set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out)) - {"--help"}
        assert set(re.findall(r"--[a-z][a-z-]+", sections[name])) - COMMON == options - COMMON, name
    assert {path.stem for path in (SOURCE / "cli").glob("*.py")} >= set(commands)


def test_every_setting_is_documented() -> None:
    named = {name for path in PRODUCT for name in re.findall(r"\bHEADEND_[A-Z_]*[A-Z]\b", path.read_text())}
    documented = [code_of(cells[0]) for cells in rows("settings.md") if cells[0].startswith("`HEADEND_")]

    assert sorted(documented) == sorted(named - OURS)


def test_every_package_and_every_folder_of_tests_is_explained() -> None:
    packages = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    doors = {path.parent.name for path in SOURCE.glob("doors/*/__init__.py")}
    folders = {path.relative_to(ROOT / "tests").parts[0] for path in (ROOT / "tests").glob("*/**/*.py")}
    style, contributing = (ROOT / "STYLE.md").read_text(), (ROOT / "CONTRIBUTING.md").read_text()
    table = " ".join(line.split("|")[1] for line in style.splitlines() if line.startswith("| `"))

    assert set(re.findall(r"`(\w+)/?`", table)) == packages
    assert doors <= set(re.findall(r"`(\w+)`", style))
    assert set(re.findall(r"^\| `tests/(\w+)`", contributing, re.MULTILINE)) == folders


# ---- refusals ----


def test_the_reasons_of_logins_stand_in_the_order_of_deciding() -> None:
    wanted = [
        (code.value, shown(access_reasons.PUBLIC[code]), shown(access_reasons.SHORT[code]))
        for code, _ in authorize.RULES
    ]
    written = list(rows("refusals.md", "Why somebody may not connect"))

    assert [(code_of(code), public, short) for code, public, short, _ in written] == wanted
    assert [cells for cells in written if not cells[-1]] == []


def test_the_reasons_of_logins_that_no_rule_is_asked_about_are_documented() -> None:
    wanted = {code: (shown(text), shown(access_reasons.SHORT[code])) for code, text in access_reasons.UNASKED.items()}
    written = list(rows("refusals.md", "Logins that no rule is asked about"))

    assert {code_of(code): (public, short) for code, public, short, _ in written} == wanted
    assert wanted.keys() == set(authorize.Unasked)
    assert [cells for cells in written if not cells[-1]] == []


def test_the_reasons_of_dropped_packets_are_documented() -> None:
    answered = access_reasons.PUBLIC.keys() | access_reasons.UNASKED.keys()
    wanted = {code: shown(text) for code, text in access_reasons.SHORT.items() if code not in answered}
    written = list(rows("refusals.md", "Packets that never come so far"))

    assert {code_of(code): text for code, text, _ in written} == wanted
    assert [cells for cells in written if not cells[-1]] == []


def test_every_refusal_of_a_verb_is_documented_with_its_text() -> None:
    wanted = {(str(code), shown(text)) for package, texts in texts_by_package().items() for code, text in texts.items()}
    written = list(rows("refusals.md", "Why a page or a command says no"))

    assert {(code_of(code), text) for code, text, _ in written} == wanted
    assert len(written) == len(wanted), "a code stands there twice"
    assert [cells for cells in written if not cells[-1]] == []


def test_every_failure_of_a_payment_is_documented_with_its_text() -> None:
    written = list(rows("refusals.md", FAILURES_TITLE))

    assert {code_of(code): text for code, text, _ in written} == {
        code: shown(text) for code, text in billing_reasons.FAILURES.items()
    }
    assert shown(billing_reasons.OTHER_FAILURE) in (REFERENCE / "refusals.md").read_text()


# ---- events ----


def test_the_page_on_events_is_what_is_declared() -> None:
    assert len(sentences.HAPPENINGS) > 50
    assert reference.EVENTS.read_text() == reference.events(), "./run reference writes it anew"


def test_the_picture_of_the_house_is_as_the_imports_go() -> None:
    assert reference.GUIDE.read_text() == reference.guide(), "./run reference writes it anew"


def test_every_kind_of_event_happens() -> None:
    """Nothing is declared that no verb records."""
    sources = "\n".join(path.read_text() for path in PRODUCT if path.name != "happenings.py")

    assert [
        name
        for name in (kind.upper().replace(".", "_") for kind in sentences.HAPPENINGS)
        if not re.search(rf"\bhappenings\.{name}\b", sources)
    ] == []


def test_what_happens_is_declared_where_it_is_looked_for() -> None:
    """A kind that is declared elsewhere would be recorded and have no sentence."""
    declared = [path for path in PRODUCT if re.search(r"= Happening\(", path.read_text())]
    gathered = {Path(str(package.__file__)) for package in sentences.PACKAGES}

    assert set(declared) == gathered
    assert {path.name for path in declared} == {"happenings.py"}
    # Each under the name of its kind, and no kind twice.
    count = 0
    for package in sentences.PACKAGES:
        for name, one in vars(package).items():
            if isinstance(one, events.Happening):
                assert name == one.kind.upper().replace(".", "_")
                count += 1
    assert count == len(sentences.HAPPENINGS)


def test_every_event_goes_through_the_one_verb() -> None:
    """Whoever made rows of Event alone could write a kind that nobody has declared."""
    makers = [
        str(path.relative_to(SOURCE))
        for path in PRODUCT
        if re.search(r"(?<!threading\.)(?<!asyncio\.)\bEvent\(\s*(organization|kind)=", path.read_text())
    ]

    assert makers == ["system/events.py"]


def test_what_causes_a_notice_can_happen() -> None:
    assert set(CAUSES) <= set(sentences.HAPPENINGS)


# ---- the documents among themselves ----


def test_links_lead_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in DOCUMENTS
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)", path.read_text())
        # Pictures are made by `./run shots`.
        if "://" not in target and not (path.parent / target).exists()
    ]

    assert broken == []


def test_every_document_is_in_a_table_of_contents() -> None:
    """A page of docs/ that no other page leads to is found by nobody."""
    linked = {
        (path.parent / target).resolve()
        for path in DOCUMENTS
        for target in re.findall(r"\]\(([^)#\s]+)", path.read_text())
        if "://" not in target
    }

    assert [str(path.relative_to(ROOT)) for path in DOCUMENTS if path.parent != ROOT and path not in linked] == []


def test_what_stands_in_bold_stands_on_pages() -> None:
    """Bold are the words of buttons and pages; the tutorial is held to them by its own test."""
    bold = re.compile(r"\*\*(.+?)\*\*")
    named = {name for path in SPOKEN for name in bold.findall(path.read_text())} - OWN_WORDS
    sources = "\n".join(path.read_text() for path in [*PRODUCT, *TEMPLATES])

    assert named
    assert [name for name in named if not re.search(rf"[\"']{re.escape(name)}[\"']", sources)] == []


def test_what_pages_are_quoted_with_is_what_they_say() -> None:
    """Slanted, from a capital letter on and three words or more: the words of a page, with … for what is put in."""
    slanted = re.compile(r"(?<![*\w])\*([A-Z][^*\n]+)\*(?!\*)")
    quoted = {text for path in [*SPOKEN, TUTORIAL] for text in slanted.findall(path.read_text()) if text.count(" ") > 1}
    # What the product itself quotes is no word of a page: the reference on Events is made from such.
    sources = slanted.sub("", "\n".join(path.read_text() for path in [*PRODUCT, *TEMPLATES]))

    assert len(quoted) > 5
    assert [text for text in quoted - OTHERS_WORDS if not all(part in sources for part in text.split("…"))] == []


def test_the_titles_that_links_name_are_there() -> None:
    missing = []
    for path in DOCUMENTS:
        for target, title in re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", path.read_text()):
            there = (path.parent / target).read_text() if target else path.read_text()
            if "://" not in target and title not in {slug(line) for line in there.splitlines() if line.startswith("#")}:
                missing.append(f"{path.relative_to(ROOT)}: {target}#{title}")

    assert missing == []


def slug(heading: str) -> str:
    """The name by which a title is linked: `## The home` as `the-home`."""
    words = re.sub(r"[^\w\- ]", "", heading.lstrip("#").strip().lower())
    return words.replace(" ", "-")
