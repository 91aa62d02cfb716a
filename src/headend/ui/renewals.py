"""What renewing a package does, in words for whoever is about to."""

from datetime import datetime

from django.utils.translation import gettext

from headend.access import periods, subscriptions
from headend.access.models import Subscription, Terms, UsagePeriod
from headend.lib import units
from headend.ui.templatetags import show


def sentences(subscription: Subscription, now: datetime) -> list[str]:
    """To when it then runs, and what `of_limits` says."""
    renewal = subscriptions.next_of(subscription=subscription, now=now)
    return [gettext("It then runs to %(end)s.") % {"end": show.until(renewal.ends_at)}, *of_limits(subscription, now)]


def of_limits(subscription: Subscription, now: datetime) -> list[str]:
    """Where data or time is limited and a period runs: when a renewal brings them again. One query at most."""
    renewal = subscriptions.next_of(subscription=subscription, now=now)
    if not limits(subscription) or renewal.starts_at <= now:
        return []
    what = {"limits": limits(subscription), "start": show.moment(renewal.starts_at)}
    text = gettext("What is left of the period that runs stays; the new one has %(limits)s of its own, from %(start)s.")
    if subscriptions.begins_at_once(subscription=subscription, now=now):
        text = gettext("What the running period had is used up: the next one begins at once, with %(limits)s.")
    return [text % what]


def of_beginning(subscription: Subscription, present: UsagePeriod, period: UsagePeriod) -> list[str]:
    """What it does to begin `period`, which was paid ahead, now: what is given up, and what there is instead."""
    said = []
    left = _left(subscription, present)
    if left:
        said.append(gettext("What is left of the period that runs is given up: %(left)s.") % {"left": left})
    what = {"limits": limits(subscription), "end": show.until(period.ends_at)}
    begins = gettext("The next period begins at once, with %(limits)s, and runs to %(end)s.")
    if not what["limits"]:
        begins = gettext("The next period begins at once, and runs to %(end)s.")
    said.append(begins % what)
    if period.ends_at != subscription.expires_at:
        said.append(gettext("What is paid for still ends %(end)s.") % {"end": show.until(subscription.expires_at)})
    return said


def limits(terms: Terms) -> str:
    """What one period has: `300 GB`, `2 GB and 8h 00m online`; empty where neither data nor time is limited."""
    return _both(terms.cap_bytes, terms.time_limit_seconds)


def _left(subscription: Subscription, present: UsagePeriod) -> str:
    """What a period has left of each limit; empty where it has none, or one is used up and the other helps nobody."""
    if periods.is_used_up(subscription=subscription, period=present):
        return ""
    cap_bytes, limit_seconds = subscription.cap_bytes, subscription.time_limit_seconds
    return _both(
        None if cap_bytes is None else cap_bytes - present.used_bytes,
        None if limit_seconds is None else limit_seconds - present.session_seconds,
    )


def _both(data_bytes: int | None, seconds: int | None) -> str:
    figure, unit = ("", "") if data_bytes is None else units.split_bytes(data_bytes)
    data = f"{figure.removesuffix('.0')} {unit}".strip()
    if seconds is None:
        return data
    time = gettext("%(time)s online") % {"time": units.show_seconds(seconds)}
    return gettext("%(data)s and %(time)s") % {"data": data, "time": time} if data else time
