"""Every class that a stylesheet styles stands on some page, and every class of a page is styled or looked for."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, get_args

import pytest

from headend.ui.states import Tone
from tests.test_tidy import PAGES, SOURCE, files, nodes

STYLES: Final = SOURCE / "ui" / "static" / "headend"
# Guests' pages have a stylesheet of their own; the parts that they share with the others are styled in both.
SHEETS: Final = {"captive": ["captive.css"], "others": ["tokens.css", "ui.css"]}

# Classes that are put together, or that come from elsewhere.
COMPOSED: Final = {
    **dict.fromkeys(filter(None, get_args(Tone)), "the tone of a state, a notice or a line"),
    **dict.fromkeys(("for-pppoe", "for-hotspot", "for-static"), "`for-` and a plan's kind of connection"),
    **dict.fromkeys(("pass", "full", "fail"), "how a rule of the access decision came out"),
    "next": "where a first step stands",
    "htmx-request": "htmx, on what waits for its answer",
}
# The beginnings of the first kind, which are no classes themselves.
BEGINNINGS: Final = {"for-"}

ATTRIBUTE: Final = re.compile(r'\b(?:class|css)="((?:\{\{.*?\}\}|\{%.*?%\}|[^"{]|\{(?![{%]))*)"', re.DOTALL)
# Where a script or htmx looks for a class.
SELECTOR: Final = {".js": r'"([^"]*)"', ".html": r'hx-target="([^"]*)"'}
BODY: Final = re.compile(r"\{% block (?:body|shell)_class %\}(.*?)\{% endblock %\}")
TAG: Final = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)


@pytest.mark.parametrize("door", SHEETS)
def test_no_class_is_styled_for_nothing(door: str) -> None:
    styled = {name for sheet in SHEETS[door] for name in _styled(STYLES / sheet)}
    named = {name for path in _templates(door) for name in _named(path)} | set(_named_by_python())

    assert len(styled) > 20
    assert sorted(styled - named - set(COMPOSED)) == []


def test_every_class_of_a_template_is_styled_or_looked_for() -> None:
    looked_for = {
        name
        for path in [*files(STYLES, ending=".js"), *files(SOURCE, ending=".html")]
        for selector in re.findall(SELECTOR[path.suffix], path.read_text())
        for name in _classes(selector)
    }
    styled = {name for sheet in files(STYLES, ending=".css") for name in _styled(sheet)}
    strange = {path.name: names for path in PAGES if (names := set(_named(path)) - styled - looked_for - BEGINNINGS)}

    assert strange == {}


def test_what_is_put_together_is_styled() -> None:
    assert set(COMPOSED) - {name for sheet in files(STYLES, ending=".css") for name in _styled(sheet)} == set()


def _templates(door: str) -> list[Path]:
    """The templates of pages that load these stylesheets; what all doors share is among them."""
    others = {"captive": {"console", "portal"}, "others": {"captive"}}[door]
    return [path for path in files(SOURCE, ending=".html") if not others & {*path.relative_to(SOURCE).parts, path.stem}]


def _styled(sheet: Path) -> Iterator[str]:
    text = re.sub(r'/\*.*?\*/|"[^"]*"', "", sheet.read_text(), flags=re.DOTALL)
    for selector in re.findall(r"([^{};]+)\{", text):
        yield from _classes(selector)


def _classes(selector: str) -> Iterable[str]:
    return re.findall(r"\.([A-Za-z][\w-]*)", selector)


def _named(template: Path) -> Iterator[str]:
    text = template.read_text()
    for found in [*ATTRIBUTE.findall(text), *BODY.findall(text)]:
        yield from TAG.sub(" ", found).split()


def _named_by_python() -> Iterator[str]:
    """Classes of controls, columns and badges: whatever is given as `css` or as a `class`, and what stands in markup."""
    for _path, node in nodes(files(SOURCE / "ui", SOURCE / "doors")):
        for value in _classes_given(node):
            for part in ast.walk(value):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield from part.value.split()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from " ".join(ATTRIBUTE.findall(node.value)).split()


def _classes_given(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.keyword) and node.arg == "css":
        yield node.value
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value and any(ast.unparse(target).endswith(("css", "['css']")) for target in targets):
            yield node.value
    elif isinstance(node, ast.arguments):
        defaults = zip(node.kwonlyargs, node.kw_defaults, strict=True)
        yield from (default for argument, default in defaults if argument.arg == "css" and default)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value in ("class", "css"):
                yield value
