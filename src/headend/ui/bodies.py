"""How much of a body each page takes: little of anybody, and more only where a page says so, of staff who are signed in."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from django.http import HttpRequest
from django.urls import Resolver404, resolve

# A form without a file is far below this; it is also what one request of a stranger may take of our memory.
ANYBODY_BYTES: Final = 64_000

_BYTES: Final = "body_bytes"
_FILES: Final = "body_files"

V = TypeVar("V", bound=Callable[..., Any])


def takes(most_bytes: int, *, files: bool) -> Callable[[V], V]:
    """Marks a view of the console: of staff it takes so large a body, in which there may be files. Stands below `page`."""

    def mark(view: V) -> V:
        setattr(view, _BYTES, most_bytes)
        setattr(view, _FILES, files)
        return view

    return mark


def most_bytes(request: HttpRequest) -> int:
    """How large a body this request may bring."""
    marked = int(getattr(_view(request), _BYTES, ANYBODY_BYTES))
    return marked if marked > ANYBODY_BYTES and request.user.is_authenticated else ANYBODY_BYTES


def may_have_files(request: HttpRequest) -> bool:
    """Whether the page that is asked for takes files, of whoever asks."""
    return bool(getattr(_view(request), _FILES, False)) and request.user.is_authenticated


def _view(request: HttpRequest) -> Callable[..., Any] | None:
    try:
        return resolve(request.path_info).func
    except Resolver404:
        return None
