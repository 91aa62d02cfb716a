"""Adapters of providers: plain data in, plain data out, over HTTP with a time limit. They know no models."""

from typing import Final

from headend.billing.gateways import fake
from headend.billing.gateways.adapter import Adapter

ADAPTERS: Final[dict[str, Adapter]] = {"fake": fake}
