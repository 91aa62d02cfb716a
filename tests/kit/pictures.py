"""Pictures for tests: PNGs of any size, and one of 7 by 5 pixels of each other kind, as a browser wrote them."""

import zlib
from base64 import b64decode

JPEG = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqm"
    "x5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAAFAAcD"
    "ASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAX/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAAAwT/xAAUEQEA"
    "AAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCcAZG//9k="
)
WEBP = b64decode("UklGRjIAAABXRUJQVlA4ICYAAABwAQCdASoHAAUABABoJaACdAFAAAD+7HDSr1eZV84esvvo0AAAAA==")
WEBP_LOSSLESS = b64decode("UklGRh4AAABXRUJQVlA4TBEAAAAvBgABAAdQri50rf+BiOh/AAA=")
WEBP_EXTENDED = b64decode(
    "UklGRlwAAABXRUJQVlA4WAoAAAAQAAAABgAABAAAQUxQSAsAAAABDzCAERGiBxH9DwBWUDggKgAAALABAJ0BKgcABQAEAGglqAJ0R/+CwAAA/ru3"
    "fVgGvQx1c6ti/6q8MoAAAA=="
)


def png(width_px: int = 7, height_px: int = 5, *, padding_bytes: int = 0) -> bytes:
    """A grey picture; its file is longer by the padding."""
    rows = b"".join(b"\0" + bytes(width_px) for _ in range(height_px))
    header = width_px.to_bytes(4, "big") + height_px.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    if padding_bytes:
        # A chunk that says nothing: its name and its check take 12 bytes.
        chunks.insert(1, (b"teXt", b"x" * (padding_bytes - 12)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
