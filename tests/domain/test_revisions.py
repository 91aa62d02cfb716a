"""Numbers that tell a process when what it keeps in memory is stale."""

import pytest
from django.db import transaction

from headend.system import revisions

pytestmark = pytest.mark.django_db


def test_it_works() -> None:
    assert revisions.read("probe") == 0

    revisions.bump("probe")
    assert revisions.read("probe") == 1
    revisions.bump("probe")

    assert revisions.read("probe") == 2
    assert revisions.read("other") == 0


def test_a_bump_is_gone_with_its_transaction() -> None:
    revisions.bump("probe")

    with transaction.atomic():
        revisions.bump("probe")
        revisions.bump("other")
        transaction.set_rollback(True)

    assert (revisions.read("probe"), revisions.read("other")) == (1, 0)
