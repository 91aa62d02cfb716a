"""The money network: takes prompts, lets the owners of the phones act, and tells the merchant what became of each."""

import ipaddress
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from headend.demo.money import callbacks, owners, refused
from headend.demo.money.config import Config
from headend.demo.money.owners import Behaviour
from headend.demo.money.refused import RefusedError

PROMPTS_MOST: Final = 10_000
AMOUNT_MOST: Final = 10**12
DESCRIPTION_MOST: Final = 20
CALLBACK_URL_MOST: Final = 500
WINDOW_SECONDS: Final = 60

_RECEIPT_SIGNS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_RECEIPT_SIGNS_COUNT: Final = 8


@dataclass(slots=True)
class Prompt:
    """One request to pay on a phone. `amount` is what was asked and then what was paid, in minor units.

    `asked_at` is an instant of the network's clock; `answers` are the HTTP statuses that the callbacks met, None for none.
    """

    request_id: str
    reference: str
    phone: str
    amount: int
    currency: str
    description: str
    callback_url: str
    behaviour: Behaviour
    asked_at: float
    asked: int
    status: Literal["pending", "paid", "declined"] = "pending"
    receipt: str | None = None
    reason: str | None = None
    answers: list[int | None] = field(default_factory=list)
    queried_at: deque[float] = field(default_factory=deque)

    def told(self) -> dict[str, Any]:
        """What a callback and the status query say."""
        names = ("request_id", "reference", "status", "receipt", "amount", "currency", "phone", "reason")
        return {name: getattr(self, name) for name in names}

    def seen(self) -> dict[str, Any]:
        """What the phone's owner, and a test, can see beside."""
        return self.told() | {
            "asked": self.asked,
            "description": self.description,
            "behaviour": self.behaviour.deed,
            "delivered": len(self.answers),
            "answered": sum(callbacks.is_success(answer) for answer in self.answers),
            "answers": list(self.answers),
        }


class Network:
    """The network's whole memory. Every method may be called from any thread; `clock` counts seconds."""

    def __init__(self, config: Config, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._clock = clock
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._behaviours: dict[str, Behaviour] = {}
        self._prompts: dict[str, Prompt] = {}
        self._asked_at: deque[float] = deque()

    def ask(self, fields: dict[str, Any]) -> Prompt:
        """Take a prompt; raises RefusedError. What its owner does comes with `begin`, except when that is early."""
        with self._lock:
            self._limit(self._asked_at, self._config.prompts_per_minute)
            prompt = self._read(fields)
            if prompt.behaviour.deed != "unreachable":
                self._take(prompt)
        if prompt.behaviour.deed == "unreachable":
            # The prompt reached nobody: the network does not know its reference afterwards.
            self._closing.wait(self._config.unreachable_seconds)
            raise RefusedError(500, "unavailable", "The phone's network did not answer.")
        if prompt.behaviour.deed == "early":
            self._act(prompt)
        return prompt

    def begin(self, prompt: Prompt) -> None:
        """Let the owner act, beside; the answer to the merchant has been sent."""
        if prompt.behaviour.deed != "early":
            threading.Thread(target=self._act, args=(prompt,), daemon=True).start()

    def query(self, reference: str) -> dict[str, Any]:
        """Say what became of a prompt; raises RefusedError."""
        with self._lock:
            prompt = self._prompts.get(reference)
            if prompt is None:
                raise RefusedError(404, "reference_unknown", "There is no prompt with this reference.")
            self._limit(prompt.queried_at, self._config.queries_per_minute)
            return prompt.told()

    def decide(self, phone: str, fields: dict[str, Any]) -> Behaviour:
        """Set what the owner of a phone does from now on; raises RefusedError."""
        behaviour = owners.read(fields)
        with self._lock:
            self._behaviours[phone] = behaviour
        return behaviour

    def seen_on(self, phone: str) -> list[dict[str, Any]]:
        """The prompts that a phone got, newest last."""
        with self._lock:
            return [prompt.seen() for prompt in self._prompts.values() if prompt.phone == phone]

    def close(self) -> None:
        """Wake whoever waits, and let nothing more happen."""
        self._closing.set()

    def _limit(self, happened_at: deque[float], most: int) -> None:
        """Count one more in a minute; raises RefusedError when it is too many."""
        now = self._clock()
        while happened_at and now - happened_at[0] >= WINDOW_SECONDS:
            happened_at.popleft()
        if len(happened_at) >= most:
            raise RefusedError(429, "too_many", f"More than {most} in a minute.")
        happened_at.append(now)

    def _read(self, fields: dict[str, Any]) -> Prompt:
        reference = refused.uid(fields.get("reference"), "reference_missing")
        phone = refused.phone(fields.get("phone"), "phone_invalid")
        amount, currency, description = fields.get("amount"), fields.get("currency"), fields.get("description")
        if not refused.whole(amount) or not 1 <= amount <= AMOUNT_MOST:
            raise RefusedError(400, "amount_invalid", f"The amount is whole minor units from 1 to {AMOUNT_MOST}.")
        if currency not in self._config.currencies:
            raise RefusedError(400, "currency_unknown", f"The currency is one of {', '.join(self._config.currencies)}.")
        if not isinstance(description, str) or not description.strip() or len(description) > DESCRIPTION_MOST:
            raise RefusedError(400, "description_invalid", f"The description has 1 to {DESCRIPTION_MOST} signs.")
        return Prompt(
            request_id=f"pm_{secrets.token_hex(12)}",
            reference=reference,
            phone=phone,
            amount=amount,
            currency=currency,
            description=description,
            callback_url=_callback_url(fields.get("callback_url")),
            behaviour=self._behaviours.get(phone) or owners.usual(phone),
            asked_at=self._clock(),
            asked=amount,
        )

    def _take(self, prompt: Prompt) -> None:
        if prompt.reference in self._prompts:
            raise RefusedError(409, "reference_used", "There is a prompt with this reference.")
        if any(self._keeps_busy(other, prompt.phone) for other in self._prompts.values()):
            raise RefusedError(422, "phone_busy", "The phone has an open prompt.")
        if len(self._prompts) >= PROMPTS_MOST:
            del self._prompts[next(iter(self._prompts))]
        self._prompts[prompt.reference] = prompt

    def _keeps_busy(self, prompt: Prompt, phone: str) -> bool:
        # A prompt that nobody answers leaves the screen after a while, though nobody learns what became of it.
        is_fresh = self._clock() - prompt.asked_at < self._config.prompt_seconds
        return prompt.phone == phone and prompt.status == "pending" and is_fresh

    def _act(self, prompt: Prompt) -> None:
        """Do what the owner does, and tell the merchant; an early one repeats a failed callback beside."""
        behaviour = prompt.behaviour
        if behaviour.deed == "silent" or self._closing.wait(behaviour.after_seconds):
            return
        with self._lock:
            self._settle(prompt)
            content = prompt.told()
        count = owners.CALLBACKS.get(behaviour.deed, 1)
        if behaviour.deed == "early":
            if not self._call(prompt, content):
                threading.Thread(target=self._repeat, args=(prompt, content), daemon=True).start()
            return
        for _ in range(count):
            if not self._call(prompt, content):
                self._repeat(prompt, content)

    def _settle(self, prompt: Prompt) -> None:
        if prompt.behaviour.deed == "declines":
            prompt.status, prompt.reason = "declined", prompt.behaviour.reason
            return
        prompt.status = "paid"
        prompt.amount = prompt.behaviour.paid(prompt.asked)
        prompt.receipt = "PM" + "".join(secrets.choice(_RECEIPT_SIGNS) for _ in range(_RECEIPT_SIGNS_COUNT))

    def _call(self, prompt: Prompt, content: dict[str, Any]) -> bool:
        answer = callbacks.deliver(prompt.callback_url, content, timeout_seconds=self._config.callback_seconds)
        with self._lock:
            prompt.answers.append(answer)
        return callbacks.is_success(answer)

    def _repeat(self, prompt: Prompt, content: dict[str, Any]) -> None:
        for pause_seconds in callbacks.pauses(self._config.repeat_seconds):
            if self._closing.wait(pause_seconds) or self._call(prompt, content):
                return


def _callback_url(given: Any) -> str:
    """The address of a callback, which must be on this machine: the practice network speaks with nobody else."""
    try:
        split = urlsplit(given if isinstance(given, str) else "")
        port, host = split.port, split.hostname or ""
        is_loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback, port = False, None
    is_plain = is_loopback and split.scheme == "http" and port != 0 and not split.fragment and "@" not in split.netloc
    if not is_plain or len(given) > CALLBACK_URL_MOST or not (given.isascii() and given.isprintable()) or " " in given:
        raise RefusedError(400, "callback_invalid", "The callback is an http address on this machine.")
    return str(given)
