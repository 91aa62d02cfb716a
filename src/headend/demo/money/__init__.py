"""A practice money network that also carries SMS and takes e-mail, for the demo and for tests.

A process of its own (`python -m headend.demo.money --port N --key KEY`) that knows HTTP and SMTP and nothing of our gateways or our
database, and keeps everything in memory. The owners of the phones do what they were told to by `POST /phone/<phone>`, and
otherwise what the last digit of the number says. It refuses what a real network would refuse.
"""

from headend.demo.money.config import Config
from headend.demo.money.network import Network
from headend.demo.money.server import PracticeServer
from headend.demo.money.texts import Texts

__all__ = ["Config", "Network", "PracticeServer", "Texts"]
