"""Adapters of carriers: plain data in, plain data out, over HTTP with a time limit. They know no models."""

from typing import Final

from headend.messaging.gateways import fake
from headend.messaging.gateways.adapter import Adapter

ADAPTERS: Final[dict[str, Adapter]] = {"fake": fake}
