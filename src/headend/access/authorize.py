"""May this name connect? The one place where access is decided, and explained.

`decide` stops at the first rule that fails; `explain` walks the whole table of the same rules. Both are pure: `facts` loads.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal

# RouterOS takes no longer Session-Timeout than this (User Manager's top value), in seconds.
LONGEST_SESSION_SECONDS: Final = 21_474_720


class Code(StrEnum):
    """Why a login is refused, in the order in which it is decided."""

    USER_UNKNOWN = "user_unknown"
    PASSWORD_WRONG = "password_wrong"  # noqa: S105 - a code, not a password
    CUSTOMER_DELETED = "customer_deleted"
    GROUP_DISABLED = "group_disabled"
    CUSTOMER_DISABLED = "customer_disabled"
    ACCOUNT_EXPIRED = "account_expired"
    SUBSCRIPTION_INACTIVE = "subscription_inactive"
    SUBSCRIPTION_BLOCKED = "subscription_blocked"
    VOUCHER_BLOCKED = "voucher_blocked"
    SUSPENDED = "suspended"
    SUBSCRIPTION_EXPIRED = "subscription_expired"
    VOUCHER_VOID = "voucher_void"
    VOUCHER_HELD = "voucher_held"
    VOUCHER_EXPIRED = "voucher_expired"
    VOUCHER_SPENT = "voucher_spent"
    TIME_USED_UP = "time_used_up"
    CAP_REACHED = "cap_reached"
    DEVICE_BLOCKED = "device_blocked"
    SESSION_LIMIT = "session_limit"


class Unasked(StrEnum):
    """Why a login is refused before any rule is asked."""

    METHOD_UNSUPPORTED = "method_unsupported"
    EAP_UNSUPPORTED = "eap_unsupported"
    GUESSING_SLOWED = "guessing_slowed"


@dataclass(slots=True)
class Halt:
    """One thing that keeps somebody from connecting: since when, why, and of which kind."""

    since: datetime
    reason: str = ""
    kind: str = ""


@dataclass(slots=True)
class Facts:
    """All that a decision needs to know of one login. Null limits are unlimited; bytes, seconds and kbit/s.

    `password_right` is None where no password was presented (explain, enforcement); `live_sessions` is None where the
    question is about a session that runs already. Behind a name that was found stands a subscription or a voucher; a voucher
    may be nobody's. `expires_at` is of either; a voucher has none before its first use. `period_ends_at` is when the
    subscription's cap and time limit begin anew, which is before `expires_at` where more was paid ahead.
    """

    now: datetime
    name: str
    found: bool = False
    password_right: bool | None = None
    customer_id: int | None = None
    subscription_id: int | None = None
    voucher_id: int | None = None
    plan_name: str = ""
    deleted_at: datetime | None = None
    group_name: str = ""
    group_disabled: Halt | None = None
    customer_disabled: Halt | None = None
    account_expires_at: datetime | None = None
    activated_at: datetime | None = None
    ended_at: datetime | None = None
    block: Halt | None = None
    suspensions: list[Halt] = field(default_factory=list)
    expires_at: datetime | None = None
    period_ends_at: datetime | None = None
    void: Halt | None = None
    sheet_number: int | None = None
    sheet_held: bool = False
    valid_until: datetime | None = None
    first_used_at: datetime | None = None
    time_limit_seconds: int | None = None
    used_seconds: int = 0
    cap_bytes: int | None = None
    used_bytes: int = 0
    device_block: Halt | None = None
    live_sessions: int | None = None
    simultaneous_use: int = 1
    download_kbps: int | None = None
    upload_kbps: int | None = None
    idle_timeout_seconds: int | None = None
    interim_seconds: int = 300
    framed_address: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """The terms on which a login is accepted. Null is without limit. It is for a subscription or for a voucher.

    `first_use` says that the voucher's clock must be started first: until then there is no expiry to tell.
    """

    subscription_id: int | None
    voucher_id: int | None
    first_use: bool
    session_timeout_seconds: int | None
    idle_timeout_seconds: int | None
    interim_seconds: int
    framed_address: str
    download_kbps: int | None
    upload_kbps: int | None
    remaining_bytes: int | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The first rule that failed, and what it found."""

    code: Code
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says. `detail` holds what it looked at, as plain values."""

    code: Code
    result: Literal["pass", "fail", "not_checked"]
    detail: dict[str, Any] = field(default_factory=dict)


def decide(facts: Facts) -> Grant | Refusal:
    """Accepts with terms, or refuses with the first reason."""
    for code, rule in _rules_for(facts):
        result, detail = rule(facts)
        if result is False:
            return Refusal(code, detail)
    assert (facts.subscription_id is None) != (facts.voucher_id is None), "a credential that was found has one of them"
    return Grant(
        subscription_id=facts.subscription_id,
        voucher_id=facts.voucher_id,
        first_use=facts.voucher_id is not None and facts.first_used_at is None,
        session_timeout_seconds=_session_timeout(facts),
        idle_timeout_seconds=facts.idle_timeout_seconds,
        interim_seconds=facts.interim_seconds,
        framed_address=facts.framed_address,
        download_kbps=facts.download_kbps,
        upload_kbps=facts.upload_kbps,
        remaining_bytes=None if facts.cap_bytes is None else facts.cap_bytes - facts.used_bytes,
    )


def explain(facts: Facts) -> list[Verdict]:
    """The verdict of every rule that applies, in the order of deciding. Where the name is unknown nothing else can be checked."""
    verdicts = []
    for code, rule in _rules_for(facts):
        if not facts.found and code is not Code.USER_UNKNOWN:
            verdicts.append(Verdict(code, "not_checked"))
            continue
        result, detail = rule(facts)
        verdicts.append(Verdict(code, _RESULTS[result], detail))
    return verdicts


_RESULTS: Final[dict[bool | None, Literal["pass", "fail", "not_checked"]]] = {
    True: "pass",
    False: "fail",
    None: "not_checked",
}
# True passes, False refuses, None was not asked.
Rule = Callable[[Facts], tuple[bool | None, dict[str, Any]]]


def _user_known(facts: Facts) -> tuple[bool | None, dict[str, Any]]:
    return facts.found, {"name": facts.name}


def _password_right(facts: Facts) -> tuple[bool | None, dict[str, Any]]:
    return facts.password_right, {}


def _not_deleted(facts: Facts) -> tuple[bool | None, dict[str, Any]]:
    return facts.deleted_at is None, {"since": facts.deleted_at}


def _group_enabled(facts: Facts) -> tuple[bool | None, dict[str, Any]]:
    return facts.group_disabled is None, {"group": facts.group_name, **_halt(facts.group_disabled)}


def _customer_enabled(facts: Facts) -> tuple[bool | None, dict[str, Any]]:
    return facts.customer_disabled is None, _halt(facts.customer_disabled)


def _account_runs(facts: Facts) -> tuple[bool | None, dict[str, Any]]:
    return facts.account_expires_at is None or facts.now < facts.account_expires_at, {"until": facts.account_expires_at}


def _subscription_active(facts: Facts) -> tuple[bool | None, dict[str, Any]]:
    detail = {
        "plan": facts.plan_name,
        "state": "ended" if facts.ended_at else "active" if facts.activated_at else "draft",
    }
    return facts.activated_at is not None and facts.ended_at is None, detail


def _not_blocked(facts: Facts) -> tuple[bool | None, dict[str, Any]]:
    return facts.block is None, _halt(facts.block)


def _not_suspended(facts: Facts) -> tuple[bool | None, dict[str, Any]]:
    return not facts.suspensions, _halt(facts.suspensions[0]) if facts.suspensions else {}


def _period_runs(facts: Facts) -> tuple[bool | None, dict[str, Any]]:
    return facts.expires_at is None or facts.now < facts.expires_at, {"until": facts.expires_at}


def _voucher_not_void(facts: Facts) -> tuple[bool | None, dict[str, Any]]:
    return facts.void is None, _halt(facts.void)


def _sheet_released(facts: Facts) -> tuple[bool | None, dict[str, Any]]:
    return not facts.sheet_held, {} if facts.sheet_number is None else {"sheet": facts.sheet_number}


def _voucher_runs(facts: Facts) -> tuple[bool | None, dict[str, Any]]:
    until = facts.valid_until if facts.first_used_at is None else facts.expires_at
    return until is None or facts.now < until, {
        "until": until,
        "state": "unused" if facts.first_used_at is None else "used",
    }


def _voucher_left(facts: Facts) -> tuple[bool | None, dict[str, Any]]:
    (time_left, time), (data_left, data) = _time_left(facts), _data_left(facts)
    return time_left and data_left, {**data, **time}


def _time_left(facts: Facts) -> tuple[bool | None, dict[str, Any]]:
    limit = facts.time_limit_seconds
    return limit is None or facts.used_seconds < limit, {"used_seconds": facts.used_seconds, "limit_seconds": limit}


def _data_left(facts: Facts) -> tuple[bool | None, dict[str, Any]]:
    limit = facts.cap_bytes
    return limit is None or facts.used_bytes < limit, {"used_bytes": facts.used_bytes, "limit_bytes": limit}


def _device_allowed(facts: Facts) -> tuple[bool | None, dict[str, Any]]:
    return facts.device_block is None, _halt(facts.device_block)


def _room_left(facts: Facts) -> tuple[bool | None, dict[str, Any]]:
    if facts.live_sessions is None:
        return None, {"limit": facts.simultaneous_use}
    detail = {"live": facts.live_sessions, "limit": facts.simultaneous_use, "of_voucher": facts.voucher_id is not None}
    return facts.live_sessions < facts.simultaneous_use, detail


RULES: Final[tuple[tuple[Code, Rule], ...]] = (
    (Code.USER_UNKNOWN, _user_known),
    (Code.PASSWORD_WRONG, _password_right),
    (Code.CUSTOMER_DELETED, _not_deleted),
    (Code.GROUP_DISABLED, _group_enabled),
    (Code.CUSTOMER_DISABLED, _customer_enabled),
    (Code.ACCOUNT_EXPIRED, _account_runs),
    (Code.SUBSCRIPTION_INACTIVE, _subscription_active),
    (Code.SUBSCRIPTION_BLOCKED, _not_blocked),
    (Code.VOUCHER_BLOCKED, _not_blocked),
    (Code.SUSPENDED, _not_suspended),
    (Code.SUBSCRIPTION_EXPIRED, _period_runs),
    (Code.VOUCHER_VOID, _voucher_not_void),
    (Code.VOUCHER_HELD, _sheet_released),
    (Code.VOUCHER_EXPIRED, _voucher_runs),
    (Code.VOUCHER_SPENT, _voucher_left),
    (Code.TIME_USED_UP, _time_left),
    (Code.CAP_REACHED, _data_left),
    (Code.DEVICE_BLOCKED, _device_allowed),
    (Code.SESSION_LIMIT, _room_left),
)
_OF_SUBSCRIPTIONS: Final = frozenset(
    {
        Code.SUBSCRIPTION_INACTIVE,
        Code.SUBSCRIPTION_BLOCKED,
        Code.SUBSCRIPTION_EXPIRED,
        Code.TIME_USED_UP,
        Code.CAP_REACHED,
    }
)
_OF_VOUCHERS: Final = frozenset(
    {Code.VOUCHER_BLOCKED, Code.VOUCHER_VOID, Code.VOUCHER_HELD, Code.VOUCHER_EXPIRED, Code.VOUCHER_SPENT}
)
_SUBSCRIPTION_RULES: Final = tuple(entry for entry in RULES if entry[0] not in _OF_VOUCHERS)
_VOUCHER_RULES: Final = tuple(entry for entry in RULES if entry[0] not in _OF_SUBSCRIPTIONS)


def _rules_for(facts: Facts) -> tuple[tuple[Code, Rule], ...]:
    return _SUBSCRIPTION_RULES if facts.voucher_id is None else _VOUCHER_RULES


def _halt(halt: Halt | None) -> dict[str, Any]:
    return {} if halt is None else {"since": halt.since, "reason": halt.reason, "kind": halt.kind}


def _session_timeout(facts: Facts) -> int | None:
    ends = [end for end in (facts.expires_at, facts.account_expires_at, _limits_end(facts)) if end is not None]
    limits = [int((end - facts.now).total_seconds()) for end in ends]
    if facts.time_limit_seconds is not None:
        limits.append(facts.time_limit_seconds - facts.used_seconds)
    # The last part of a second would be a Session-Timeout of 0, which some equipment reads as none.
    return max(1, min(*limits, LONGEST_SESSION_SECONDS)) if limits else None


def _limits_end(facts: Facts) -> datetime | None:
    """A router keeps to the data and time it was told for as long as a session lasts: the next period begins with a new one."""
    is_limited = facts.cap_bytes is not None or facts.time_limit_seconds is not None
    return facts.period_ends_at if is_limited else None
