"""Adapters of carriers: plain data in, plain data out, within a time limit. They know no models."""

from typing import Final

from headend.messaging.gateways import africastalking, bulksms, fake, http, smtp, twilio
from headend.messaging.gateways.adapter import Adapter, Reader

ADAPTERS: Final[dict[str, Adapter]] = {
    "fake": fake,
    "africastalking": africastalking,
    "twilio": twilio,
    "bulksms": bulksms,
    "http": http,
    "smtp": smtp,
    "practice_mail": smtp,
}
# Those that tell us of messages by themselves.
READERS: Final[dict[str, Reader]] = {
    "africastalking": africastalking,
    "twilio": twilio,
    "bulksms": bulksms,
    "http": http,
}
# Where those are reached that everybody reaches at the same address.
PLACES: Final[dict[str, str]] = {
    "africastalking": "https://api.africastalking.com",
    "twilio": "https://api.twilio.com",
    "bulksms": "https://api.bulksms.com",
}
