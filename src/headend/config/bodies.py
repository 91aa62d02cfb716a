"""Bodies that are too large, and files that no page asked for, are refused before anything of them is parsed or written."""

from collections.abc import Callable
from typing import Any, Final, NoReturn

from django.core.files.uploadhandler import FileUploadHandler, MemoryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError

from headend.doors.console.office import errors
from headend.ui import bodies

# The web server asks, before it takes more of a body than anybody may send: it names the bytes that it knows of, and reads
# how many may come. No header of a request has such a name.
ASKED_BYTES: Final = "headend.asked_bytes"
MOST_BYTES: Final = "headend.most_bytes"


class NoFiles(FileUploadHandler):
    """Refuses the form at its first file: no page takes one unless it says so."""

    def new_file(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise MultiPartParserError("A file was sent to a page that takes none.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> NoReturn:
        raise AssertionError("no file was begun")

    def file_complete(self, file_size: int) -> None:
        """There is none."""


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """413 for a body that is too large for its page and its sender. It stands where it is known who is signed in."""

    def respond(request: HttpRequest) -> HttpResponse:
        asked = request.META.get(ASKED_BYTES)
        sent = _length(request) if asked is None else int(asked)
        most = bodies.most_bytes(request) if sent > bodies.ANYBODY_BYTES else bodies.ANYBODY_BYTES
        request.META[MOST_BYTES] = most
        if sent > most:
            return errors.too_large(request, most)
        if asked is not None:
            return HttpResponse(status=204)
        if request.content_type == "multipart/form-data" and bodies.may_have_files(request):
            # Only in memory: how large it may be at all was decided above.
            request.upload_handlers = [MemoryFileUploadHandler(request)]
        return get_response(request)

    return respond


def _length(request: HttpRequest) -> int:
    text = str(request.META.get("CONTENT_LENGTH") or "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
