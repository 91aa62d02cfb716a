"""What tests of verbs share: how one refuses, what it wrote down, and a connection to try it on."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

from headend.access import recording
from headend.access.metering import Report
from headend.access.models import Session
from headend.lib import clock
from headend.lib.refused import Refused
from headend.system.models import Event, Job
from headend.ui import refusals
from tests.kit.world import World


@contextmanager
def refused(code: str, field: str = "") -> Iterator[None]:
    """Inside, a verb refuses with this code at this field, and its text has all that it needs."""
    with pytest.raises(Refused) as caught:
        yield
    assert (caught.value.code, caught.value.field) == (code, field)
    text = str(refusals.TEXTS[caught.value.code] % caught.value.detail)
    assert text
    assert "%(" not in text


def forget() -> None:
    """Makes what happened so far unheard of."""
    Event.objects.all().delete()
    Job.objects.all().delete()


def happened() -> list[str]:
    """The kinds of the Events, oldest first."""
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def event(kind: str) -> Event:
    """The one Event of this kind."""
    return Event.objects.get(kind=kind)


def enforced() -> set[tuple[str, int]]:
    """What the Jobs that wait will decide again: (scope, id)."""
    payloads = Job.objects.filter(kind="enforce", lane="now").values_list("payload", flat=True)
    return {(payload["scope"], payload["scope_id"]) for payload in payloads}


def written() -> str:
    """Everything that Events and Jobs hold, as one text, to look for secrets in."""
    events = Event.objects.values_list("kind", "payload", "personal")
    return json.dumps([list(events), list(Job.objects.values_list("payload", flat=True))])


def connects(world: World, name: str, *, session: str = "81a00001", at: datetime | None = None, **more: Any) -> Session:
    """The NAS hilltop reports that `name` is online."""
    start = Report(
        kind="start",
        organization_id=world.organization.pk,
        nas_id=world.hilltop.pk,
        zone=world.organization.timezone,
        user_name=name,
        acct_session_id=session,
        event_at=at or clock.now(),
        **more,
    )
    recording.record([start])
    return Session.objects.get(acct_session_id=session, ended_at=None)
