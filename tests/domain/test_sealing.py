"""Secrets that must be read again: sealed to their place, and opened by the key that sealed them."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from headend.system import sealing
from headend.system.models import KeyFingerprint
from headend.system.sealing import SealingError

UID = uuid4()
PLACE: dict[str, Any] = {"table": "access_credential", "column": "secret", "uid": UID}


def test_it_works() -> None:
    sealed = sealing.seal_text(**PLACE, text="Siri kubwa é")

    assert sealing.open_text(**PLACE, sealed=sealed) == "Siri kubwa é"
    assert sealing.open_text(**PLACE, sealed=memoryview(sealed)) == "Siri kubwa é"
    assert b"Siri" not in sealed
    assert sealed[:9] == b"\x01t2\0\0\0\0\0\0"


def test_the_same_text_never_looks_the_same() -> None:
    assert len({sealing.seal_text(**PLACE, text="x") for _ in range(20)}) == 20


@pytest.mark.parametrize("elsewhere", [{"uid": UUID(int=7)}, {"table": "network_nas"}, {"column": "other"}], ids=str)
def test_a_value_that_was_moved_does_not_open(elsewhere: dict[str, Any]) -> None:
    sealed = sealing.seal_text(**PLACE, text="Siri kubwa")

    with pytest.raises(SealingError, match="damaged, or was moved"):
        sealing.open_text(**{**PLACE, **elsewhere}, sealed=sealed)


def test_a_value_of_which_any_bit_was_changed_does_not_open() -> None:
    sealed = sealing.seal_text(**PLACE, text="Siri")

    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(SealingError) as caught:
            sealing.open_text(**PLACE, sealed=bytes(changed))
        assert "Siri" not in str(caught.value)


def test_a_value_that_was_cut_off_does_not_open() -> None:
    sealed = sealing.seal_text(**PLACE, text="Siri")

    for length in range(len(sealed)):
        with pytest.raises(SealingError):
            sealing.open_text(**PLACE, sealed=sealed[:length])


def test_the_older_key_of_the_ring_still_opens(settings: Any) -> None:
    newer, older = settings.KEY_RING
    settings.KEY_RING = (older,)
    sealed = sealing.seal_text(**PLACE, text="Siri kubwa")
    assert sealed[1:3] == b"t1"

    settings.KEY_RING = (newer, older)

    assert sealing.open_text(**PLACE, sealed=sealed) == "Siri kubwa"
    assert sealing.seal_text(**PLACE, text="Siri kubwa")[1:3] == b"t2"


def test_a_missing_key_is_named(settings: Any) -> None:
    sealed = sealing.seal_text(**PLACE, text="Siri kubwa")
    settings.KEY_RING = settings.KEY_RING[1:]

    with pytest.raises(SealingError, match="access_credential needs the key 't2'"):
        sealing.open_text(**PLACE, sealed=sealed)


def test_another_key_of_the_same_name_does_not_open(settings: Any) -> None:
    (name, _), older = settings.KEY_RING
    sealed = sealing.seal_text(**PLACE, text="Siri kubwa")
    settings.KEY_RING = ((name, b"another key of thirty-two bytes!"), older)

    with pytest.raises(SealingError, match="damaged, or was moved"):
        sealing.open_text(**PLACE, sealed=sealed)


@pytest.mark.django_db
def test_without_keys_nothing_is_sealed(settings: Any) -> None:
    settings.KEY_RING = ()

    with pytest.raises(SealingError, match="There are no keys"):
        sealing.seal_text(**PLACE, text="Siri kubwa")
    with pytest.raises(SealingError, match="There are no keys"):
        sealing.check_keys()


@pytest.mark.django_db
def test_keys_are_remembered_once() -> None:
    sealing.remember_keys()
    sealing.remember_keys()

    assert sorted(KeyFingerprint.objects.values_list("key_id", flat=True)) == ["t1", "t2"]
    sealing.check_keys()


@pytest.mark.django_db
def test_the_database_keeps_no_key(settings: Any) -> None:
    sealing.remember_keys()

    for row in KeyFingerprint.objects.all():
        assert dict(settings.KEY_RING)[row.key_id].hex() not in row.fingerprint


@pytest.mark.django_db
def test_a_key_that_the_database_knows_must_be_at_hand(settings: Any) -> None:
    sealing.remember_keys()
    newer, older = settings.KEY_RING
    settings.KEY_RING = (newer,)

    with pytest.raises(SealingError, match="written with the key 't1'"):
        sealing.check_keys()
    settings.KEY_RING = (newer, older, ("t3", b"one more key of thirty-two bytes"))
    sealing.check_keys()


@pytest.mark.django_db
def test_an_unknown_fingerprint_is_refused(settings: Any) -> None:
    sealing.remember_keys()
    KeyFingerprint.objects.filter(key_id="t1").update(fingerprint="0" * 64)

    with pytest.raises(SealingError, match="'t1'"):
        sealing.check_keys()
