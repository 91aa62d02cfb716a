"""How the practice network says no, and the checks that its parts share."""

import re
from typing import Any, TypeGuard

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_UID = re.compile(r"[0-9a-f]{32}")


class RefusedError(Exception):
    """A request is refused with an HTTP status, a stable code and a message in plain words."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def phone(given: Any, code: str) -> str:
    """The number, which must be in international form (ITU-T E.164, `+254712345678`); raises RefusedError with `code`."""
    if not isinstance(given, str) or not _PHONE.fullmatch(given):
        raise RefusedError(400, code, "The number must be in international form, as +254712345678.")
    return given


def uid(given: Any, code: str) -> str:
    """A reference of the caller's: 32 hexadecimal digits in small letters; raises RefusedError with `code`."""
    if not isinstance(given, str) or not _UID.fullmatch(given):
        raise RefusedError(400, code, "It must be 32 hexadecimal digits.")
    return given


def whole(given: Any) -> TypeGuard[int]:
    """Whether something in JSON is a whole number; there, true is none."""
    return isinstance(given, int) and not isinstance(given, bool)
