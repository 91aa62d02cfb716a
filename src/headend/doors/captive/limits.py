"""How often a guest may try. Generous, because a whole café may stand behind one address."""

from typing import Final

from headend.doors.captive import remembered
from headend.doors.captive.page import Request
from headend.system import throttles
from headend.ui import source

BUYS_OF_SOURCE: Final = 60
BUYS_OF_DEVICE: Final = 10
# Requests that reach one phone, whoever sends them: one is open at a time, so that its owner declines each of them.
BUYS_OF_PHONE: Final = 30
BUYS_WINDOW_SECONDS: Final = 10 * 60
WRONG_CODES_OF_DEVICE: Final = 20
# A guest can pretend to be many devices. Of 8.5e11 codes none is found in so few tries, and a café is not locked out.
WRONG_CODES_OF_SOURCE: Final = 200
WRONG_CODES_WINDOW_SECONDS: Final = 15 * 60


def may_buy(request: Request, phone: str) -> bool:
    """Counts one press of *Buy* that would ask `phone` (E.164) to pay; `was_not_asked` takes part of it back.

    A press counts for the device behind an address, so that strangers use up nothing of the phone's owner. How often a phone is
    asked at all is bounded as well, but for a browser with which it has paid before.
    """
    window = BUYS_WINDOW_SECONDS
    presses = {
        _key(request, f"buy:from:{source.of(request)}"): BUYS_OF_SOURCE,
        _key(request, f"buy:from:{source.of(request)}:{_device(request)}:{phone}"): BUYS_OF_DEVICE,
    }
    if not all(throttles.hit(key=key, limit=most, window_seconds=window) for key, most in presses.items()):
        return False
    is_seldom = throttles.hit(key=_asked_key(request, phone), limit=BUYS_OF_PHONE, window_seconds=window)
    return is_seldom or remembered.has_paid(request, phone)


def was_not_asked(request: Request, phone: str) -> None:
    """The press was refused, and nobody's phone has rung."""
    throttles.give_back(key=_asked_key(request, phone))


def may_try_code(request: Request) -> bool:
    """Counts one code that somebody typed; `code_was_right` takes it back."""
    window = WRONG_CODES_WINDOW_SECONDS
    keys = _code_keys(request)
    return all(throttles.hit(key=key, limit=most, window_seconds=window) for key, most in keys.items())


def code_was_right(request: Request) -> None:
    """Only wrong codes count."""
    for key in _code_keys(request):
        throttles.give_back(key=key)


def _code_keys(request: Request) -> dict[str, int]:
    origin = source.of(request)
    return {
        _key(request, f"code:from:{origin}:{_device(request)}"): WRONG_CODES_OF_DEVICE,
        _key(request, f"code:from:{origin}"): WRONG_CODES_OF_SOURCE,
    }


def _asked_key(request: Request, phone: str) -> str:
    return _key(request, f"buy:{phone}")


def _device(request: Request) -> str:
    return request.visit.mac if request.visit else ""


def _key(request: Request, what: str) -> str:
    return f"captive:{request.organization.pk}:{what}"[:160]
