"""Many small writes at once, in transactions and without: each gets its turn."""

import pytest
from django.db import transaction
from django.db.models import F

from headend.system.models import Revision
from tests.kit.threads import at_once
from tests.kit.world import found

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 4
WRITES = 50


def test_small_transactions_all_succeed(transactional_db: None) -> None:
    Revision.objects.create(name="probe")

    def write(writer: int) -> int:
        for number in range(WRITES):
            with transaction.atomic():
                row = Revision.objects.select_for_update().get(name="probe")
                row.number += 1
                row.save()
                Revision.objects.create(name=f"{writer}:{number}")
        return WRITES

    assert at_once(*(lambda writer=writer: write(writer) for writer in range(WRITERS))) == [WRITES] * WRITERS
    # What was read in a transaction was never old when it was written.
    assert Revision.objects.get(name="probe").number == WRITERS * WRITES
    assert Revision.objects.count() == WRITERS * WRITES + 1


def test_writes_without_a_transaction_all_succeed(transactional_db: None) -> None:
    Revision.objects.create(name="probe")

    def write(writer: int) -> int:
        for number in range(WRITES):
            Revision.objects.filter(name="probe").update(number=F("number") + 1)
            Revision.objects.bulk_create([Revision(name=f"{writer}:{number}"), Revision(name=f"{writer}:{number}b")])
        return WRITES

    assert at_once(*(lambda writer=writer: write(writer) for writer in range(WRITERS))) == [WRITES] * WRITERS
    assert Revision.objects.get(name="probe").number == WRITERS * WRITES
    assert Revision.objects.count() == 2 * WRITERS * WRITES + 1


def test_both_kinds_beside_each_other(transactional_db: None) -> None:
    organization = found("baobab", "Baobab Net")
    Revision.objects.create(name="probe")

    def in_transactions() -> None:
        for _ in range(WRITES):
            with transaction.atomic():
                organization.__class__.objects.filter(pk=organization.pk).update(name="Baobab")
                Revision.objects.filter(name="probe").update(number=F("number") + 1)

    def alone() -> None:
        for _ in range(WRITES):
            Revision.objects.filter(name="probe").update(number=F("number") + 1)

    def read() -> None:
        last = 0
        for _ in range(WRITES):
            number = Revision.objects.get(name="probe").number
            assert number >= last
            last = number

    assert at_once(in_transactions, alone, in_transactions, alone, read) == [None] * 5
    assert Revision.objects.get(name="probe").number == 4 * WRITES
