"""The simulated NAS itself: keeps its logins connected, reports what they use, and ends sessions when told to."""

import asyncio
import math
import os
import random
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import Any

from headend.demo.nas import speech
from headend.demo.nas.config import Config, Login
from headend.demo.nas.orders import Orders
from headend.demo.nas.servlet import INVALID, SILENT, Servlet
from headend.demo.nas.session import NAS_REBOOT, USER_REQUEST, Session, read_grant
from headend.demo.nas.web import Web
from headend.demo.nas.wire import Client, Listener
from headend.lib.radius import attributes as at
from headend.lib.radius.attributes import AcctStatusType
from headend.lib.radius.packet import Code, Packet, PacketError

BACK_OFF_TOP_SECONDS = 60
# Turning off takes one second in all; most of it is for the Stops, the rest for Accounting-Off.
STOPS_SECONDS = 0.7
ACCOUNTING_OFF_SECONDS = 0.3

Report = list[tuple[int, bytes]]
# Makes the attributes that prove a password, from the authenticator of the request that they will stand in.
Proof = Callable[[bytes], Report]


class SimulatedNas:
    """A NAS on the running event loop. `sessions` holds which logins are on line, by username.

    `guests` holds who is on line through the hotspot's login page, by the MAC of the device.
    """

    def __init__(self, config: Config, *, log: Callable[[str], None] | None = None) -> None:
        """`log` receives one line an event."""
        self.sessions: dict[str, Session] = {}
        self.guests: dict[str, Session] = {}
        self.coa_port = config.coa_port
        self._config = config
        self._log = log or (lambda line: None)
        self._logins = {login.username: login for login in config.logins}
        # Hotspots use PAP, and so does every other PPPoE user; the rest use CHAP.
        self._chap_users = frozenset([login.username for login in config.logins if login.kind == "pppoe"][1::2])
        self._boot = random.randrange(0x1000)
        self._session_count = 0
        self._auth = Client(config)
        self._acct = Client(config)
        self._orders = Orders(config, self._online, self._close)
        self.servlet = Servlet(config, self.guests, admit=self._admit, close=self._close) if config.hotspot else None
        self._web = Web(self.servlet.answer) if self.servlet else None
        self._listener: asyncio.DatagramTransport | None = None
        self._announced = asyncio.Event()
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._chores: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Open the sockets and begin: Accounting-On, then the logins one after the other. Raises OSError.

        `coa_port` is the port that listens, also when the configuration left it to the system with 0. So is that in
        the `base` of the hotspot's `servlet`.
        """
        loop = asyncio.get_running_loop()
        self._listener, _ = await loop.create_datagram_endpoint(
            lambda: Listener(self._answer), local_addr=(self._config.address, self._config.coa_port)
        )
        self.coa_port = self._listener.get_extra_info("sockname")[1]
        local = (self._config.address, 0)
        await loop.create_datagram_endpoint(lambda: self._auth, local_addr=local, remote_addr=self._config.auth)
        await loop.create_datagram_endpoint(lambda: self._acct, local_addr=local, remote_addr=self._config.acct)
        if self._web is not None and self.servlet is not None and self._config.hotspot is not None:
            port = await self._web.start(self._config.address, self._config.hotspot.port)
            self.servlet.open_on(port)
            self._log(f"hotspot on {self.servlet.base}")
        self._do_beside(self._begin())

    async def stop(self) -> None:
        """Turn off: a Stop for every session, then Accounting-Off; waits one second at most."""
        if self._web is not None:
            await self._web.stop()
        running = [*self._keepers.values(), *self._chores]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        leaving = list(self._online())
        for session in leaving:
            self._close(session, NAS_REBOOT)
        stops = [self._account(speech.report(session, AcctStatusType.STOP)) for session in leaving]
        await _run_for(stops, STOPS_SECONDS)
        await _run_for(
            [self._account(speech.of_nas(self._config, AcctStatusType.ACCOUNTING_OFF))], ACCOUNTING_OFF_SECONDS
        )
        self._auth.close()
        self._acct.close()
        if self._listener is not None:
            self._listener.close()
        # The loop closes the sockets on its next round.
        await asyncio.sleep(0)
        self._log("off")

    async def connect(self, username: str) -> Session | None:
        """Turn a device on and return its session, or None when it was refused or the server is silent.

        From then on it is kept connected: tried again after a refusal, dialled again after an end.
        """
        await self._announced.wait()
        if username in self.sessions:
            return self.sessions[username]
        return await self._keep_connected(self._logins[username])

    async def disconnect(self, username: str) -> None:
        """Turn a device off: its session ends by User-Request, and it is not dialled again."""
        keeper = self._keepers.pop(username, None)
        if keeper is None:
            return
        session = self.sessions.get(username)
        if session is None:
            keeper.cancel()
        else:
            session.redial = False
            self._close(session, USER_REQUEST)
        await asyncio.wait((keeper,))

    async def report(self, username: str, *, download_bytes: int = 0, upload_bytes: int = 0) -> bool:
        """Move a session's counters by so much and report them now; says whether the server answered."""
        session = self.sessions[username]
        session.count(_now())
        session.download_bytes += download_bytes
        session.upload_bytes += upload_bytes
        answered = await self._account(speech.report(session, AcctStatusType.INTERIM_UPDATE))
        # Its keeper looks whether it went past its limit.
        session.changed.set()
        return answered

    async def _begin(self) -> None:
        """Announce the NAS until the server has heard it, then turn the devices on."""
        announcement = speech.of_nas(self._config, AcctStatusType.ACCOUNTING_ON)
        answered = await self._account(announcement)
        self._announced.set()
        if not answered:
            self._log("the server is silent")
            await self._deliver(announcement)
        self._log("on")
        if not self._config.connect_per_second:
            return
        for login in self._config.logins:
            if login.username not in self._keepers:
                self._keep_connected(login)
            await asyncio.sleep(1 / self._config.connect_per_second)

    def _keep_connected(self, login: Login) -> "asyncio.Future[Session | None]":
        """Start a keeper for a login in place of the one that runs; the future tells how its first try went."""
        if login.username in self._keepers:
            self._keepers[login.username].cancel()
        first: asyncio.Future[Session | None] = asyncio.get_running_loop().create_future()

        def settle(keeper: asyncio.Task[None]) -> None:
            if not first.done():
                first.set_result(None)
            if not keeper.cancelled():
                # An error in the keeper is a fault of ours: the loop prints what is raised here.
                keeper.result()

        keeper = asyncio.create_task(self._keep(login, first))
        keeper.add_done_callback(settle)
        self._keepers[login.username] = keeper
        return first

    async def _keep(self, login: Login, first: "asyncio.Future[Session | None]") -> None:
        pauses = self._back_off()
        while True:
            prove = partial(speech.proof, self._config, login, with_chap=login.username in self._chap_users)
            reply, session = await self._log_in(login, prove)
            if session is not None:
                await self._account(speech.report(session, AcctStatusType.START))
            if not first.done():
                first.set_result(session)
            if session is None:
                refused_seconds = self._config.refused_seconds * random.uniform(0.8, 1.2)
                await asyncio.sleep(next(pauses) if reply is None else refused_seconds)
                continue
            await self._live(session)
            stop = self._do_beside(self._deliver(speech.report(session, AcctStatusType.STOP)))
            # A silent server does not keep the user off line for longer than this.
            await asyncio.wait((stop,), timeout=self._config.retransmit_seconds * self._config.tries)
            if not session.redial:
                return
            pauses = self._back_off()
            await asyncio.sleep(self._config.reconnect_seconds * random.uniform(0.8, 1.2))

    async def _admit(self, login: Login, prove: Proof) -> str:
        """Ask for a guest at the hotspot; what to show instead of an Accept, or nothing when the guest is on line."""
        await self._announced.wait()
        reply, session = await self._log_in(login, prove, host=login.mac)
        if session is not None:
            self._do_beside(self._entertain(session))
            return ""
        return SILENT if reply is None else _words(reply) or INVALID

    async def _entertain(self, guest: Session) -> None:
        """Report a guest's session from its start to its end."""
        await self._account(speech.report(guest, AcctStatusType.START))
        await self._live(guest)
        await self._deliver(speech.report(guest, AcctStatusType.STOP))

    async def _log_in(self, login: Login, prove: Proof, *, host: str = "") -> tuple[Packet | None, Session | None]:
        """Ask the server; the session is None unless it accepts, and the reply is None when it is silent."""
        self._session_count += 1
        session_id = f"{self._boot:03x}{self._session_count & 0xFFFFF:05x}"
        identity = speech.identity(self._config, login, session_id=session_id, number=self._session_count)
        authenticator = os.urandom(16)
        request = identity + prove(authenticator)
        if login.kind == "hotspot":
            # A guest has an address before the login; a PPPoE user is given one.
            request.append(at.address(at.FRAMED_IP_ADDRESS, login.address))
        reply = await self._auth.ask(Code.ACCESS_REQUEST, request, authenticator=authenticator)
        if reply is None:
            self._log(f"{login.username}: the server is silent")
            return None, None
        if reply.code != Code.ACCESS_ACCEPT:
            self._log(f"{login.username}: refused {_words(reply)}".rstrip())
            return reply, None
        try:
            return reply, self._open(login, identity, reply, host=host)
        except PacketError as error:
            # An Accept that cannot be understood is taken as a Reject (RFC 2865 section 5).
            self._log(f"{login.username}: {error}")
            return reply, None

    def _open(self, login: Login, identity: Report, accept: Packet, *, host: str) -> Session:
        grant = read_grant(accept, login)
        now = _now()
        # Whoever logged in on the page logs out there, too.
        stay_seconds = 0 if host else self._config.stay_seconds
        session = Session(
            login=login,
            session_id=dict(identity)[at.ACCT_SESSION_ID].decode(),
            identity=[*identity, at.address(at.FRAMED_IP_ADDRESS, grant.address)],
            grant=grant,
            # A value set on the NAS wins over the server's (RFC 2869 section 2.1).
            interim_seconds=self._config.interim_seconds or grant.interim_seconds or 0,
            started_at=now,
            leaves_at=now + random.expovariate(1 / stay_seconds) if stay_seconds else math.inf,
            counted_at=now,
            host=host,
        )
        session.plan(now)
        if host:
            self.guests[host] = session
        else:
            self.sessions[login.username] = session
        self._log(f"{login.username}: connected with {grant.address}, session {session.session_id}")
        return session

    async def _live(self, session: Session) -> None:
        """Report from time to time until the session ends."""
        while session.cause is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(session.wait_seconds(_now())):
                    await session.changed.wait()
            session.changed.clear()
            if session.cause is not None:
                return
            now = _now()
            session.count(now)
            cause = session.due_cause(now)
            if cause is not None:
                self._close(session, cause)
            elif now >= session.report_at:
                session.plan(now)
                await self._account(speech.report(session, AcctStatusType.INTERIM_UPDATE))

    def _close(self, session: Session, cause: int) -> None:
        """End a session; its keeper sends the Stop."""
        session.count(_now())
        session.cause = cause
        session.changed.set()
        if session.host:
            del self.guests[session.host]
        else:
            del self.sessions[session.login.username]
        self._log(f"{session.login.username}: ended by {at.TERMINATE_CAUSES[cause]}")

    def _online(self) -> Iterator[Session]:
        return chain(self.sessions.values(), self.guests.values())

    async def _account(self, report: Report) -> bool:
        return await self._acct.ask(Code.ACCOUNTING_REQUEST, report) is not None

    async def _deliver(self, report: Report) -> None:
        """Send a report until it is answered; it says how late it is, which makes it a new request each time."""
        happened_at = _now()
        for pause_seconds in self._back_off():
            delay_seconds = int(_now() - happened_at)
            if await self._account([*report, at.integer(at.ACCT_DELAY_TIME, delay_seconds)]):
                return
            await asyncio.sleep(pause_seconds)

    def _back_off(self) -> Iterator[float]:
        pause_seconds = self._config.reconnect_seconds
        while True:
            yield pause_seconds * random.uniform(0.9, 1.1)
            pause_seconds = min(pause_seconds * 2, BACK_OFF_TOP_SECONDS)

    def _answer(self, datagram: bytes, peer: tuple[str, int]) -> bytes | None:
        """Answer the server's own requests; a router hears none but the servers that it asks."""
        if peer[0] not in (self._auth.server_address(), self._acct.server_address()):
            return None
        return self._orders.answer(datagram, peer)

    def _do_beside(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something beside; the set keeps it from being collected while it runs."""
        task = asyncio.create_task(work)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)
        return task


async def _run_for(work: list[Coroutine[Any, Any, bool]], timeout_seconds: float) -> None:
    """Run things together for so long, then end those that still run."""
    if not work:
        return
    tasks = [asyncio.create_task(each) for each in work]
    _, late = await asyncio.wait(tasks, timeout=timeout_seconds)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)


def _words(reply: Packet) -> str:
    """What a reply says to people."""
    return b" ".join(reply.get_all(at.REPLY_MESSAGE)).decode(errors="replace")


def _now() -> float:
    return time.monotonic()
