"""The practice money network as a process of its own, and what a test says to it."""

import json
import os
import select
import subprocess
import sys
import tempfile
import urllib.request
from typing import Any, Self
from urllib.parse import quote

from tests.kit import ports

PATIENCE_SECONDS = 20.0
KEY = "practice-key"


class Money:
    """The network on a free port; `settings` are those of its configuration. Use it with `with`, or call `stop`."""

    def __init__(self, key: str = KEY, **settings: Any) -> None:
        self.key = key
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            self.mail_port = ports.free_tcp()
            json.dump({"port": 0, "key": key, "mail_port": self.mail_port} | settings, file)
            file.flush()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "headend.demo.money", "--config", file.name],
                stdout=subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            )
            try:
                self.url = self._said().rpartition(" ")[2]
            except BaseException:
                self.stop()
                raise

    def decides(
        self,
        phone: str,
        behaviour: str,
        after_seconds: float = 0,
        *,
        amount: int | None = None,
        reason: str | None = None,
    ) -> None:
        """From now on, the owner of a phone does this when asked to pay."""
        fields = {"behaviour": behaviour, "after_seconds": after_seconds, "amount": amount, "reason": reason}
        content = json.dumps({name: value for name, value in fields.items() if value is not None}).encode()
        self._load(urllib.request.Request(f"{self.url}/phone/{quote(phone)}", content))

    def prompts(self, phone: str) -> list[dict[str, Any]]:
        """The prompts that a phone got, newest last: what the callback says, `asked`, `delivered`, `answered`, `answers`."""
        found: list[dict[str, Any]] = self._load(f"{self.url}/phone/{quote(phone)}")
        return found

    def sms_to(self, phone: str) -> list[dict[str, Any]]:
        """The messages that a phone got, newest last: `id`, `body`, `sender`, `at`."""
        found: list[dict[str, Any]] = self._load(f"{self.url}/sms/{quote(phone)}")
        return found

    def mails_to(self, address: str) -> list[dict[str, Any]]:
        """The mails that an address got, newest last: `subject`, `text`, `html`, `headers`, `sender`."""
        found: list[dict[str, Any]] = self._load(f"{self.url}/mail/{quote(address)}")
        return found

    def stop(self) -> int:
        """Ends the process, and returns its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            assert self.process.stdout is not None
            self.process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _said(self) -> str:
        """The line that it prints when it answers; nothing follows it."""
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE_SECONDS)
        line = self.process.stdout.readline().decode().strip() if ready else ""
        assert line, "the practice money network did not start"
        return line

    def _load(self, request: str | urllib.request.Request) -> Any:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as response:
            return json.loads(response.read())
