"""How long things are and in which order they stand: what STYLE.md says of files, functions and parameters."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.test_tidy import PRODUCT, PYTHON, ROOT, SOURCE, files, place

FILE_LINES_MOST = 450
FUNCTION_LINES_MOST = 60
POSITIONAL_MOST = 4
ENDINGS = {".py", ".html", ".css", ".js", ".sh"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(paths: list[Path]) -> Iterator[tuple[Path, Function, bool]]:
    """Each function, with whether it is of a class."""
    for path in paths:
        for parent in ast.walk(ast.parse(path.read_text())):
            for node in ast.iter_child_nodes(parent):
                if isinstance(node, FUNCTIONS):
                    yield path, node, isinstance(parent, ast.ClassDef)


def positional(function: Function, *, is_method: bool) -> int:
    """How many arguments can be given by their place alone, without `self` or `cls`."""
    is_bound = is_method and "staticmethod" not in {ast.unparse(mark) for mark in function.decorator_list}
    return len(function.args.posonlyargs) + len(function.args.args) - is_bound


def read_at_import(module: ast.Module) -> set[str]:
    """The names that are looked up while a module is imported: outside of functions, and in what stands at their heads."""
    found = set()
    waiting: list[ast.AST] = list(module.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, FUNCTIONS):
            waiting += [*node.decorator_list, node.args, *([node.returns] if node.returns else [])]
        elif not isinstance(node, ast.Lambda):
            waiting += ast.iter_child_nodes(node)
        if isinstance(node, ast.Name):
            found.add(node.id)
    return found


def test_no_file_is_long() -> None:
    all_files = [
        path
        for ending in ENDINGS
        for path in files(SOURCE, ROOT / "tests", ROOT / "bench", ending=ending)
        # Django writes those, one for all tables of an app.
        if path.name != "0001_initial.py"
    ] + [ROOT / "run"]
    counts = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in all_files}

    assert len(counts) > 50
    assert {path: count for path, count in counts.items() if count > FILE_LINES_MOST} == {}


def test_no_function_is_long() -> None:
    lengths = {place(path, one.lineno): (one.end_lineno or 0) - one.lineno + 1 for path, one, _ in functions(PYTHON)}

    assert {where: length for where, length in lengths.items() if length > FUNCTION_LINES_MOST} == {}


def test_more_than_four_parameters_are_named_where_they_are_given() -> None:
    """Not of tests: pytest gives those by their names."""
    many = [
        place(path, one.lineno)
        for path, one, is_method in functions(PYTHON)
        if positional(one, is_method=is_method) > POSITIONAL_MOST and not one.name.startswith("test_")
    ]

    assert many == []


def test_public_comes_before_private() -> None:
    """A private one may stand above where the import itself needs it: as a base, a decorator, a field of a form."""
    late = []
    for path in PRODUCT:
        module = ast.parse(path.read_text())
        needed, private_above = read_at_import(module), ""
        for node in module.body:
            if not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                continue
            if not node.name.startswith("_") and private_above:
                late.append(f"{place(path, node.lineno)} {node.name} stands below {private_above}")
            if node.name.startswith("_") and node.name not in needed:
                private_above = private_above or node.name

    assert late == []
