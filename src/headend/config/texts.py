"""Characters that no database keeps make a request unreadable: 400, before anything is looked up by them."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

# NUL, which PostgreSQL keeps in no text; and halves of a pair, which are no characters and cannot be written as UTF-8.
_UNKEEPABLE: Final = re.compile("[\0\ud800-\udfff]")
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_CHARSETS: Final = ("", "utf-8", "utf8", "us-ascii")

Respond = Callable[[HttpRequest], HttpResponse]


def address_middleware(get_response: Respond) -> Respond:
    """Looks at what a request names before its body: its address, its query and its cookies. Raises BadRequest."""

    def respond(request: HttpRequest) -> HttpResponse:
        _refuse([request.path_info, *_texts(request.GET.lists()), *request.COOKIES.values()])
        return get_response(request)

    return respond


def form_middleware(get_response: Respond) -> Respond:
    """Looks at the fields of a form, once it is known to be small enough to be read. Raises BadRequest."""

    def respond(request: HttpRequest) -> HttpResponse:
        if request.method == "POST" and request.content_type in _FORMS:
            # Pages are UTF-8, and so is what browsers send back. Other names lead to codecs that are none for text.
            if (request.content_params or {}).get("charset", "").lower() not in _CHARSETS:
                raise BadRequest("The form is not in UTF-8.")
            _refuse(_texts(request.POST.lists()))
        return get_response(request)

    return respond


def _texts(fields: Iterable[tuple[str, list[str]]]) -> Iterator[str]:
    for name, values in fields:
        yield name
        yield from values


def _refuse(texts: Iterable[str]) -> None:
    if any(_UNKEEPABLE.search(text) for text in texts):
        raise BadRequest("It holds what is no character.")
