"""The equipment that may ask us: added, changed, and its secret revealed."""

import re
from typing import Any, Final

from django.db import transaction
from django.db.models import ProtectedError

from headend.lib import address, ids
from headend.lib.refused import Refused
from headend.network import happenings, rules
from headend.network.models import NAS
from headend.network.rules import Code
from headend.system import engine, events, lengths, revisions, sealing, sites
from headend.system.models import Organization, Site, Staff

SECRET_SHORTEST: Final = 16
_TABLE: Final = "network_nas"
_TOKEN: Final = re.compile(r"[0-9a-f]{32}")


def add(
    *,
    organization: Organization,
    by: Staff | None,
    name: str,
    address: str,
    secret: str = "",
    vendor: str = "mikrotik",
    site: Site | None = None,
    coa_port: int = 3799,
    login_hosts: str = "",
    swap_octets: bool | None = None,
    **switches: Any,
) -> NAS:
    """A new NAS; without a `secret` one is made. CoovaChilli counts the other way round unless it is told not to.

    `login_hosts` are where its hotspot takes logins, parted by commas or spaces. Refuses `nas_name_missing`,
    `nas_name_taken`, `text_long`, `address_invalid`, `address_taken`, `secret_short`, `secret_unreadable`, `port_invalid`,
    `login_host_invalid`, `login_hosts_many`, `site_gone`.
    """
    hosts = _read_hosts(login_hosts)
    swapped = vendor == "coovachilli" if swap_octets is None else swap_octets
    with transaction.atomic():
        nas = NAS(
            organization=organization, site=site, vendor=vendor, login_hosts=hosts, swap_octets=swapped, **switches
        )
        if site is not None:
            sites.hold(site=site)
        _fill(nas, name=name, address=address, coa_port=coa_port)
        _seal(nas, secret or ids.password(20))
        nas.save()
        revisions.bump(revisions.NETWORK)
        events.record(
            happenings.NAS_ADDED(name=nas.name, address=nas.address), organization=organization, subject=nas, by=by
        )
    return nas


def edit(*, nas: NAS, by: Staff | None, secret: str = "", **new: Any) -> NAS:
    """Changes the given fields, and the secret where one is given. Refuses as `add` does."""
    if "login_hosts" in new:
        new["login_hosts"] = _read_hosts(new["login_hosts"])
    with transaction.atomic():
        # Read again under a lock: the RADIUS door writes to this row too, and nothing but the given fields may change.
        nas.refresh_from_db(from_queryset=NAS.objects.select_for_update(no_key=True))
        changed = events.changes(nas, new)
        if "site" in changed and new["site"] is not None:
            sites.hold(site=new["site"])
        for field, value in new.items():
            setattr(nas, field, value)
        _fill(nas, name=nas.name, address=nas.address, coa_port=nas.coa_port)
        derived = ["name_key", "address_key"]
        if secret:
            _seal(nas, secret)
            changed["secret"] = ["", ""]
            derived.append("secret_sealed")
        if changed:
            nas.save(update_fields=[*new, *derived])
            revisions.bump(revisions.NETWORK)
            events.record(happenings.NAS_EDITED(changed=changed), organization=nas.organization, subject=nas, by=by)
    return nas


def for_captive(*, organization: Organization, token: str) -> NAS | None:
    """The NAS that a captive page was asked for by, from the token in its address; None where there is no such one."""
    if not _TOKEN.fullmatch(token):
        return None
    return NAS.objects.filter(organization=organization, token=token).select_related("site").first()


def reset_protections(*, nas: NAS, by: Staff | None) -> None:
    """Forgets that this NAS has shown Message-Authenticator, or requests without Proxy-State: for a replaced router."""
    with transaction.atomic():
        NAS.objects.filter(pk=nas.pk).update(message_authenticator_seen_at=None, proxy_state_absent_at=None)
        revisions.bump(revisions.NETWORK)
        events.record(happenings.NAS_PROTECTIONS_RESET(), organization=nas.organization, subject=nas, by=by)


def reveal_secret(*, nas: NAS, by: Staff | None) -> str:
    """The shared secret in clear; revealing it is an Event."""
    secret = open_secret(nas)
    events.record(happenings.NAS_SECRET_REVEALED(), organization=nas.organization, subject=nas, by=by)
    return secret


def remove(*, nas: NAS, by: Staff | None) -> None:
    """Removes a NAS on which nobody ever was; a second press does no harm. Refuses `nas_has_history`."""
    with transaction.atomic():
        row = NAS.objects.select_for_update().filter(pk=nas.pk).first()
        if row is None:
            return
        removed = happenings.NAS_REMOVED(name=row.name, address=row.address)
        events.record(removed, organization=nas.organization, subject=nas, by=by)
        try:
            row.delete()
        except ProtectedError:
            # Sessions name it: of whom they were is asked for years.
            raise Refused(Code.NAS_HAS_HISTORY) from None
        revisions.bump(revisions.NETWORK)


def open_secret(nas: NAS) -> str:
    """The shared secret for our own use."""
    return sealing.open_text(table=_TABLE, column="secret", uid=nas.uid, sealed=nas.secret_sealed)


def _read_hosts(typed: str) -> str:
    try:
        hosts = rules.parse_login_hosts(typed)
    except rules.LoginHostError as error:
        raise Refused(Code.LOGIN_HOST_INVALID, field="login_hosts", host=error.args[0]) from None
    if len(hosts) > rules.HOSTS_MOST:
        raise Refused(Code.LOGIN_HOSTS_MANY, field="login_hosts", most=rules.HOSTS_MOST)
    return ", ".join(hosts)


def _fill(nas: NAS, *, name: str, address: str, coa_port: int) -> None:
    nas.name, nas.name_key = name.strip(), ids.name_key(name)
    if not nas.name:
        raise Refused(Code.NAS_NAME_MISSING, field="name")
    if not 0 < coa_port < 65536:
        raise Refused(Code.PORT_INVALID, field="coa_port")
    lengths.refuse_long(nas)
    nas.coa_port = coa_port
    _place(nas, address)
    # Two who take one name or address at once: the second looks after the first has written.
    engine.lock_keys(["nas"])
    others = NAS.objects.exclude(pk=nas.pk)
    if others.filter(organization=nas.organization_id, name_key=nas.name_key).exists():
        raise Refused(Code.NAS_NAME_TAKEN, field="name", name=nas.name)
    if others.filter(address_key=nas.address_key).exists():
        raise Refused(Code.ADDRESS_TAKEN, field="address")


def _place(nas: NAS, typed: str) -> None:
    canonical = address.parse(typed)
    if canonical is None or not address.is_host(canonical):
        raise Refused(Code.ADDRESS_INVALID, field="address", address=typed.strip())
    nas.address, nas.address_key = canonical, address.key(canonical)


def _seal(nas: NAS, secret: str) -> None:
    if len(secret) < SECRET_SHORTEST:
        raise Refused(Code.SECRET_SHORT, field="secret")
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        raise Refused(Code.SECRET_UNREADABLE, field="secret")
    nas.secret_sealed = sealing.seal_text(table=_TABLE, column="secret", uid=nas.uid, text=secret)
