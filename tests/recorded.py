"""What the source records: each kind of Event with the names in its payload, read from the calls of `events.record`.

A kind or a payload is followed from the call to where it is written out: through local names, through the arguments of
whoever calls, and through what a function returns. What cannot be followed is an error, and wants plainer code.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef
# An argument as the caller wrote it, or the names of those that a `**more` gathers.
Bound = tuple[ast.expr, "Scope"] | set[str]


class UnreadableError(Exception):
    """A kind or payload is made in a way that this module does not follow."""


@dataclass(frozen=True, slots=True)
class Module:
    path: Path
    functions: dict[str, Function]
    calls: list[tuple[ast.Call, Function]]


@dataclass(slots=True)
class Scope:
    """A function, and what its caller gave it."""

    module: Module
    function: Function
    given: dict[str, Bound] = field(default_factory=dict)


def read(paths: list[Path]) -> dict[str, set[str]]:
    """Each kind that the modules record -> the names in its payload, of all its records together."""
    # Who records, or calls somebody who records by name, says so: parsing all the rest would only take time.
    modules = [_module(path) for path in paths if "record" in path.read_text()]
    found: dict[str, set[str]] = {}
    for module in modules:
        for call, function in module.calls:
            if _name(call) != "events.record":
                continue
            arguments = {keyword.arg: keyword.value for keyword in call.keywords}
            for scope in _scopes(modules, Scope(module, function), [arguments["kind"], arguments.get("payload")]):
                names = _keys(arguments.get("payload"), scope)
                for kind in _strings(arguments["kind"], scope):
                    found.setdefault(kind, set()).update(names)
    return found


def _module(path: Path) -> Module:
    tree = ast.parse(path.read_text())
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, Function)}
    calls = [
        (node, function) for function in functions.values() for node in ast.walk(function) if isinstance(node, ast.Call)
    ]
    return Module(path, functions, calls)


def _name(call: ast.Call) -> str:
    return ast.unparse(call.func)


def _scopes(modules: list[Module], scope: Scope, wanted: list[ast.expr | None]) -> Iterator[Scope]:
    """The function once for each of its callers, where what is wanted comes from them; else as it is."""
    asked = _parameters(scope.function) & {name for part in wanted if part for name in _asked(part, scope)}
    if not asked:
        yield scope
        return
    count = 0
    for module in modules:
        called = scope.function.name if module is scope.module else f"{scope.module.path.stem}.{scope.function.name}"
        for call, function in module.calls:
            if _name(call) != called:
                continue
            count += 1
            given = _given(scope.function, call, Scope(module, function))
            passed = [bound[0] for name in asked if isinstance(bound := given.get(name), tuple)]
            for caller in _scopes(modules, Scope(module, function), [*passed]):
                yield Scope(scope.module, scope.function, _given(scope.function, call, caller))
    if not count:
        raise UnreadableError(f"{scope.module.path}: nobody is seen to call {scope.function.name}")


def _parameters(function: Function) -> set[str]:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return {argument.arg for argument in [*every, *([arguments.kwarg] if arguments.kwarg else [])]}


def _asked(expression: ast.expr, scope: Scope) -> set[str]:
    """The names on which a kind, or the keys of a payload, depend."""
    match expression:
        case ast.Dict(keys=keys, values=values):
            parts = [value for key, value in zip(keys, values, strict=True) if key is None]
        case ast.Name(id=name):
            return {name}.union(*(_asked(value, scope) for value in _assigned(name, scope.function)))
        case ast.IfExp(body=body, orelse=other):
            parts = [body, other]
        case ast.Subscript() | ast.Call():
            parts = []
        case _:
            parts = [part for part in ast.iter_child_nodes(expression) if isinstance(part, ast.expr)]
    return set().union(*(_asked(part, scope) for part in parts))


def _given(function: Function, call: ast.Call, caller: Scope) -> dict[str, Bound]:
    names = [argument.arg for argument in function.args.args]
    given: dict[str, Bound] = {name: (value, caller) for name, value in zip(names, call.args, strict=False)}
    named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    given |= {name: (value, caller) for name, value in named.items() if name in _parameters(function)}
    if function.args.kwarg:
        given[function.args.kwarg.arg] = set(named) - set(given)
    return given


def _strings(expression: ast.expr, scope: Scope) -> set[str]:
    """Every text that an expression can be."""
    match expression:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.IfExp(body=body, orelse=other):
            return _strings(body, scope) | _strings(other, scope)
        case ast.JoinedStr(values=parts):
            texts = {""}
            for part in parts:
                inner = part.value if isinstance(part, ast.FormattedValue) else part
                texts = {before + after for before in texts for after in _strings(inner, scope)}
            return texts
        case ast.Subscript(value=ast.Dict(values=values)):
            return {text for value in values for text in _strings(value, scope)}
        case ast.Call(func=ast.Name(id=name)) if name in scope.module.functions:
            function = scope.module.functions[name]
            returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value]
            return {text for value in returned for text in _strings(value, Scope(scope.module, function))}
        case ast.Name(id=name):
            return {text for value, where in _values(name, scope) for text in _strings(value, where)}
    raise _unreadable(expression, scope)


def _keys(expression: ast.expr | None, scope: Scope) -> set[str]:
    """Every key that a payload can have."""
    match expression:
        case None:
            return set()
        case ast.Dict(keys=keys, values=values):
            found = set()
            for key, value in zip(keys, values, strict=True):
                found |= _keys(value, scope) if key is None else _strings(key, scope)
            return found
        case ast.Name(id=name) if isinstance(more := scope.given.get(name), set):
            return more
        case ast.Name(id=name):
            return {key for value, where in _values(name, scope) for key in _keys(value, where)}
    raise _unreadable(expression, scope)


def _values(name: str, scope: Scope) -> list[tuple[ast.expr, Scope]]:
    """What a name stands for: what the caller gave, or what the function itself says."""
    bound = scope.given.get(name)
    if isinstance(bound, tuple):
        return [bound]
    found = [(value, scope) for value in _assigned(name, scope.function)]
    if not found:
        raise _unreadable(ast.Name(name), scope)
    return found


def _assigned(name: str, function: Function) -> list[ast.expr]:
    """What a function writes into a local name."""
    found = []
    for node in ast.walk(function):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            found += [node.value for target in targets if isinstance(target, ast.Name) and target.id == name]
    return found


def _unreadable(expression: ast.expr, scope: Scope) -> UnreadableError:
    return UnreadableError(f"{scope.module.path}, {scope.function.name}: {ast.unparse(expression)}")
