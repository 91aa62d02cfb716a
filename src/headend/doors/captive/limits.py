"""How often a guest may try. Generous, because a whole café may stand behind one address."""

from typing import Final

from headend.doors.captive.page import Request
from headend.system import throttles
from headend.ui import source

BUYS_OF_SOURCE: Final = 60
BUYS_OF_PHONE: Final = 10
BUYS_WINDOW_SECONDS: Final = 10 * 60
WRONG_CODES_OF_DEVICE: Final = 20
# A guest can pretend to be many devices. Of 8.5e11 codes none is found in so few tries, and a café is not locked out.
WRONG_CODES_OF_SOURCE: Final = 200
WRONG_CODES_WINDOW_SECONDS: Final = 15 * 60


def may_buy(request: Request, phone: str) -> bool:
    """Counts one press of *Buy* that would ask `phone` (E.164) to pay."""
    keys = {
        _key(request, f"buy:from:{source.of(request)}"): BUYS_OF_SOURCE,
        _key(request, f"buy:{phone}"): BUYS_OF_PHONE,
    }
    return all(throttles.hit(key=key, limit=most, window_seconds=BUYS_WINDOW_SECONDS) for key, most in keys.items())


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
    device = request.visit.mac if request.visit else ""
    return {
        _key(request, f"code:from:{origin}:{device}"): WRONG_CODES_OF_DEVICE,
        _key(request, f"code:from:{origin}"): WRONG_CODES_OF_SOURCE,
    }


def _key(request: Request, what: str) -> str:
    return f"captive:{request.organization.pk}:{what}"[:160]
