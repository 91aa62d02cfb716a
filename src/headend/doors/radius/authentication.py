"""Access-Requests: many are looked up together, and each is decided alone."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils import translation

from headend.access import devices, facts, reasons, vouchers
from headend.access.authorize import Grant, Refusal, Unasked, decide
from headend.access.facts import Login, Lookup
from headend.access.vouchers import FirstUse
from headend.doors.radius import methods, translate
from headend.doors.radius.arrivals import Answer, Request
from headend.doors.radius.counts import Counts
from headend.doors.radius.guesses import Guesses
from headend.doors.radius.methods import Method
from headend.lib import clock
from headend.lib.radius.packet import Code, PacketError, encode_reply
from headend.system.sealing import SealingError
from headend.ui import contact

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Case:
    """One Access-Request while it is decided. Without a decision it gets no answer."""

    request: Request
    lookup: Lookup
    login: Login
    method: Method
    # What the method adds to an Accept; None where the password was not proven.
    proof: translate.Attributes | None = None
    slowed: bool = False
    decision: Grant | Refusal | None = None


def answer(requests: Sequence[Request], counts: Counts, guesses: Guesses) -> list[Answer]:
    """The answers to Access-Requests, in three statements for all of them; one more where somebody guesses.

    First uses of vouchers are written, in one transaction, before their Accepts leave.
    """
    cases = _decide([(request, translate.lookup(request)) for request in requests], guesses)
    first_uses = [case for case in cases if _is_first_use(case)]
    if first_uses:
        late = _start_clocks(first_uses)
        # Whoever was not the first after all is decided again, with what the first has left.
        cases = [case for case in cases if case not in late]
        cases += _decide([(case.request, case.lookup) for case in late], guesses)
    return [_answer(case, counts) for case in cases]


def _decide(asked: Sequence[tuple[Request, Lookup]], guesses: Guesses) -> list[Case]:
    logins = facts.load([lookup for _, lookup in asked], clock.now())
    cases = [
        Case(request, lookup, login, methods.of(request.packet))
        for (request, lookup), login in zip(asked, logins, strict=True)
    ]
    now = monotonic()
    if guesses:
        _slow_strangers(cases, guesses, now)
    for case in cases:
        try:
            if case.login.facts.found:
                case.login.facts.password_right = _is_right(case, guesses, now)
            case.decision = decide(case.login.facts)
        except SealingError as error:
            # One secret that cannot be opened silences its own login and nobody else's.
            log.error("%s could not be answered: %s", case.lookup.name, error)
    return cases


def _slow_strangers(cases: list[Case], guesses: Guesses, now: float) -> None:
    """Marks the logins of devices that nobody knows, at names at which too much was wrong."""
    doubtful = [
        (case, (case.login.facts.customer_id or 0, case.lookup.mac))
        for case in cases
        # A voucher's password cannot be guessed, and its guests' devices are known to nobody.
        if case.login.uid is not None
        and case.login.facts.voucher_id is None
        and guesses.slows_name(case.login.uid, now)
    ]
    if doubtful:
        familiar = devices.known(pair for _, pair in doubtful)
        for case, pair in doubtful:
            case.slowed = pair not in familiar


def _is_right(case: Case, guesses: Guesses, now: float) -> bool:
    """Whether the password is right; one that is not looked at, because too many wrong ones came before it, is not."""
    uid = case.login.uid
    assert uid is not None, "a name that is known has one"
    if case.method in methods.UNSUPPORTED:
        case.slowed = False
        return False
    device = translate.device(case.request, case.lookup) if guesses else ""
    case.slowed = case.slowed or (bool(device) and guesses.slows_device(uid, device, now))
    if case.slowed:
        return False
    case.proof = _prove(case)
    if case.proof is None:
        guesses.wrong(uid, device or translate.device(case.request, case.lookup), now)
    elif device:
        guesses.right(uid, device)
    return case.proof is not None


def _is_first_use(case: Case) -> bool:
    return isinstance(case.decision, Grant) and case.decision.first_use


def _start_clocks(cases: list[Case]) -> list[Case]:
    """Starts the clocks of vouchers, tells their logins the expiry, and returns the logins that came too late."""
    # Not the instant of the decision, which stands still while the clock is not trusted: bought time would pass unused.
    now = clock.now()
    uses = [FirstUse(case.login.facts.voucher_id or 0, case.lookup.mac, now) for case in cases]
    try:
        ends = vouchers.start(uses)
    except (DatabaseError, InterfaceError):
        # The other logins of the batch are answered; these come again.
        log.exception("%d first uses of vouchers could not be written", len(cases))
        connection.close()
        for case in cases:
            case.decision = None
        return []
    late = []
    for case, use in zip(cases, uses, strict=True):
        expires_at = ends.pop(use.voucher_id, None)
        if expires_at is None:
            late.append(case)
            continue
        case.login.facts.first_used_at, case.login.facts.expires_at = use.at, expires_at
        case.decision = decide(case.login.facts)
    return late


def _answer(case: Case, counts: Counts) -> Answer:
    request, decision = case.request, case.decision
    if decision is None or _is_first_use(case):
        # No Accept leaves for a clock that does not run.
        return Answer(request.arrival, None)
    if isinstance(decision, Grant):
        if case.login.replaces:
            counts.replaced(case.login.replaces, case.login.facts.now)
        attributes = translate.grant(decision, request.client.vendor) + (case.proof or [])
        return Answer(request.arrival, _reply(Code.ACCESS_ACCEPT, request, attributes))
    unasked = Unasked.GUESSING_SLOWED if case.slowed else methods.UNSUPPORTED.get(case.method)
    known = case.login.facts
    # In the customer's own spelling: who types a name can write it in any number of ways.
    name = known.name if known.found else case.lookup.name
    reason = unasked or decision.code.value
    counts.refused(reason, request.arrival.source, request.client, name, made_up=not known.found)
    with translation.override(request.client.language):
        words = reasons.UNASKED[unasked] if unasked else reasons.public_text(decision)
        text = contact.put_plainly(str(words), request.client.support_phone)
    attributes = methods.refused(case.method, request.packet, decision.code, text)
    return Answer(request.arrival, _reply(Code.ACCESS_REJECT, request, attributes), settings.REJECT_DELAY_SECONDS)


def _prove(case: Case) -> translate.Attributes | None:
    packet, secret, password = case.request.packet, case.request.client.secret, case.login.open_secret()
    proof = methods.prove(case.method, packet, password, secret)
    if proof is None and case.login.facts.voucher_id is not None:
        # Passwords that people chose are exact: this is of those that we made.
        return methods.prove_loosely(case.method, packet, password, secret)
    return proof


def _reply(code: Code, request: Request, attributes: translate.Attributes) -> bytes | None:
    """The answer; None where what proxies put into the request leaves no room for one: that is no reason to ask the others anew."""
    try:
        # Message-Authenticator first in every answer, always (CVE-2024-3596).
        return encode_reply(code, request.packet, attributes, request.client.secret, message_authenticator=True)
    except PacketError as error:
        log.warning("a login from %s could not be answered: %s", request.arrival.source, error)
        return None
