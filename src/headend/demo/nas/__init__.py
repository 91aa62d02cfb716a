"""A simulated NAS in the manner of a MikroTik router, for the demo and for tests.

A process of its own (`python -m headend.demo.nas --config FILE`) that knows UDP and a list of logins, and nothing of our
database. Where its configuration has a `hotspot`, it also serves that over HTTP; see `servlet`. It ends with the process
that started it, and refuses what a router would refuse. Source: RFC 2865, 2866, 5080 section 2.2.1, 5176.
"""

from headend.demo.nas.config import Config, Hotspot, Login
from headend.demo.nas.router import SimulatedNas
from headend.demo.nas.session import Session

__all__ = ["Config", "Hotspot", "Login", "Session", "SimulatedNas"]
