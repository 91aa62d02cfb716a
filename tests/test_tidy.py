"""House rules that no linter knows. Each test names the places that break its rule."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest
from django.forms import BaseForm

from headend import doors
from headend.doors.worker import schedule
from headend.ui import refusals

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "headend"
TEMPLATE_COLUMNS_MOST = 160
BAGS = {"utils", "helpers", "services", "managers", "signals", "mixins", "tasks"}


def files(*folders: Path, ending: str = ".py") -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob(f"*{ending}") if "__pycache__" not in path.parts)


PYTHON = files(SOURCE, ROOT / "tests", ROOT / "bench")
PRODUCT = [path for path in files(SOURCE) if "migrations" not in path.parts]
TEMPLATES = files(SOURCE, ending=".html")
# Mail programs load no stylesheet: a mail has its own in it.
PAGES = [path for path in TEMPLATES if path.parent.name != "messaging"]


def place(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def nodes(paths: list[Path]) -> Iterator[tuple[Path, ast.AST]]:
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            yield path, node


def lines(paths: list[Path], pattern: str) -> list[str]:
    """The places where a line matches."""
    wanted = re.compile(pattern)
    return [
        place(path, number)
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if wanted.search(line)
    ]


def text_of(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def called(node: ast.AST) -> str:
    """The last name of what is called: `queue` for `jobs.queue(...)`."""
    function = node.func if isinstance(node, ast.Call) else None
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_no_module_is_a_bag() -> None:
    assert [str(path) for path in PYTHON if path.stem in BAGS] == []


def test_doors_ask_for_rows_of_an_organization_only() -> None:
    """`X.objects` without the organization is how one tenant comes to see another's rows."""
    bare = []
    for path, node in nodes([path for path in PRODUCT if {"console", "captive", "portal"} & set(path.parts)]):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        manager = node.func.value
        # The organization itself is found by the slug of the address.
        if (
            isinstance(manager, ast.Attribute)
            and manager.attr == "objects"
            and ast.unparse(manager.value) != "Organization"
        ):
            names = [keyword.arg or "" for keyword in node.keywords]
            if not any(name.partition("__")[0] in {"organization", "staff"} for name in names):
                bare.append(place(path, node.lineno))

    assert bare == []


def test_foreign_keys_name_a_class() -> None:
    """A class can only be named where it may be imported: so a foreign key cannot point up."""
    keys = {"ForeignKey", "OneToOneField", "ManyToManyField"}
    found = [
        place(path, node.lineno)
        for path, node in nodes(PRODUCT)
        if isinstance(node, ast.Call)
        and called(node) in keys
        and node.args
        and text_of(node.args[0]) not in (None, "self")
    ]

    assert found == []


def test_no_line_of_a_template_is_long() -> None:
    assert lines(TEMPLATES, f".{{{TEMPLATE_COLUMNS_MOST + 1}}}") == []


@pytest.mark.parametrize(
    "pattern", [r"hx-on", r"\bjs:", r"\sstyle\s*=", r"<style\b", r"<script(?![^>]*\ssrc=)", r"\son[a-z]+\s*="]
)
def test_templates_hold_no_code_and_no_styles(pattern: str) -> None:
    assert PAGES
    assert lines(PAGES, pattern) == []


def test_the_requirements_name_no_registry() -> None:
    wheres = [*(ROOT / "requirements").iterdir(), ROOT / "pyproject.toml", ROOT / "run", ROOT / ".ci" / "run"]

    assert lines([path for path in wheres if path.is_file()], r"://|--(extra-)?index|--find-links|--trusted-host") == []


def test_the_two_dark_palettes_are_the_same() -> None:
    """One for who chose dark, one for whose system did: CSS has no way to write it once."""
    (path,) = files(SOURCE, ending="tokens.css")
    blocks = re.findall(
        r":root(?:\[data-theme=\"dark\"\]|:not\(\[data-theme=\"light\"\]\)) \{([^}]*)\}", path.read_text()
    )
    chosen, systems = ([line.strip() for line in block.splitlines() if line.strip()] for block in blocks)

    assert chosen
    assert chosen == systems


def test_forms_say_what_they_are() -> None:
    """What a page fills in is told from what it shows by its name."""
    for module in pkgutil.walk_packages(doors.__path__, f"{doors.__name__}."):
        importlib.import_module(module.name)
    ours = {str(kind.__qualname__) for kind in below(BaseForm) if kind.__module__.startswith("headend.")}

    assert len(ours) > 40
    assert {name for name in ours if not name.endswith("Form")} == set()


def below(kind: type) -> Iterator[type]:
    """The classes that derive from `kind`."""
    for child in kind.__subclasses__():
        yield child
        yield from below(child)


PACKAGES = ["system", "customers", "network", "ledger", "access", "messaging", "billing", "desk"]


def texts_by_package() -> dict[str, dict[str, object]]:
    """The texts of refusals, by the package that owns them."""
    return {package: importlib.import_module(f"headend.{package}.reasons").TEXTS for package in PACKAGES}


def test_every_refusal_has_a_text() -> None:
    named = {code.value: package for package in PACKAGES for code in codes(f"headend.{package}.rules")}

    assert len(named) > 100
    assert {code: package for code, package in named.items() if code not in refusals.TEXTS} == {}
    assert set(refusals.TEXTS) - set(named) == set(), "a text that nothing is refused with"


def test_refusals_are_named_by_their_code() -> None:
    """A bare text could be a code that no package knows."""
    bare = [
        place(path, node.lineno)
        for path, node in nodes(PRODUCT)
        if isinstance(node, ast.Call) and called(node) == "Refused" and node.args and text_of(node.args[0])
    ]

    assert bare == []


def test_texts_of_refusals_are_taken_from_one_place() -> None:
    """So that a door, or a command, never lacks the words of a package that it did not think of."""
    taken = [
        place(path, node.lineno)
        for path, node in nodes([path for path in PRODUCT if path != SOURCE / "ui" / "refusals.py"])
        if (isinstance(node, ast.Attribute) and node.attr == "TEXTS" and ast.unparse(node.value) != "refusals")
        or (isinstance(node, ast.ImportFrom) and "TEXTS" in {alias.name for alias in node.names})
    ]

    assert taken == []


def test_every_decision_has_its_texts() -> None:
    reasons = importlib.import_module("headend.access.reasons")
    wanted = {code.value for code in codes("headend.access.authorize")}

    for table in (reasons.PUBLIC, reasons.RULES, reasons.SHORT):
        assert wanted - {str(code) for code in table} == set()


def codes(module: str) -> list[StrEnum]:
    enum: type[StrEnum] = importlib.import_module(module).Code
    return list(enum)


def test_every_job_has_a_verb() -> None:
    """That no Job is queued by a bare word is mypy's part: `jobs.queue` takes a `Kind`."""
    calls = [node for _, node in nodes(PRODUCT) if isinstance(node, ast.Call)]
    declared = [text_of(call.args[0]) for call in calls if called(call) == "Kind"]
    queued = {ast.unparse(call.args[0]).rpartition(".")[2] for call in calls if ast.unparse(call.func) == "jobs.queue"}
    named = {
        text_of(node.value.args[0]): ast.unparse(node.target)
        for _, node in nodes(PRODUCT)
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Call) and called(node.value) == "Kind"
    }

    assert sorted(map(str, declared)) == sorted(schedule.KINDS), "declared twice, or without a verb"
    assert set(declared) - set(named) == {periodic.kind for periodic in schedule.PERIODIC}
    assert set(named.values()) - queued == set(), "a verb that nobody queues"


def test_every_scope_is_known() -> None:
    scopes = importlib.import_module("headend.access.enforcement")._SCOPES

    assert set(scopes) == set(importlib.import_module("headend.customers.work").Scope)


def test_migrations_can_be_undone() -> None:
    one_way = [
        place(path, node.lineno)
        for path, node in nodes([path for path in files(SOURCE) if "migrations" in path.parts])
        if isinstance(node, ast.Call)
        and called(node) in {"RunPython", "RunSQL"}
        and len(node.args) < 2
        and not {keyword.arg for keyword in node.keywords} & {"reverse_code", "reverse_sql"}
    ]

    assert one_way == []


def test_every_exception_to_a_rule_has_its_reason() -> None:
    bare_noqa = lines(PYTHON, r"#\s*noqa(?!: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)* - \S)")
    bare_ignore = lines(PYTHON, r"#\s*type: ignore(?!\[[a-z, -]+\]  # \S)")

    # This file speaks of them.
    assert [where for where in bare_noqa + bare_ignore if "test_tidy.py" not in where] == []
