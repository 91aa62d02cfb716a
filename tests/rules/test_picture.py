"""What a picture file is, by its own bytes."""

import pytest

from headend.lib import picture
from headend.lib.picture import Picture, UnknownTypeError, UnreadableError
from tests.kit import pictures

KINDS = {
    "png": (pictures.png(), "image/png"),
    "jpeg": (pictures.JPEG, "image/jpeg"),
    "webp": (pictures.WEBP, "image/webp"),
    "webp lossless": (pictures.WEBP_LOSSLESS, "image/webp"),
    "webp extended": (pictures.WEBP_EXTENDED, "image/webp"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_works(kind: str) -> None:
    content, media_type = KINDS[kind]

    assert picture.media_type_of(content) == media_type
    assert picture.read(content) == Picture(media_type, 7, 5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_cut_off_anywhere_is_unreadable(kind: str) -> None:
    content, _ = KINDS[kind]

    for length in range(12, len(content) - 1):
        with pytest.raises(UnreadableError):
            picture.read(content[:length])


@pytest.mark.parametrize(("width_px", "height_px"), [(1, 1), (1024, 3), (3, 2000)])
def test_sizes_are_read(width_px: int, height_px: int) -> None:
    assert picture.read(pictures.png(width_px, height_px)) == Picture("image/png", width_px, height_px)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a" + bytes(40),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<script>",
        b"RIFF\x20\0\0\0WAVEfmt ",
        b"BM",
    ],
)
def test_other_files_are_no_pictures(content: bytes) -> None:
    with pytest.raises(UnknownTypeError):
        picture.read(content)


def test_what_is_broken_inside_is_unreadable() -> None:
    png = pictures.png()
    without_pixels = pictures.png(0, 5)
    flipped = png[:20] + bytes([png[20] ^ 1]) + png[21:]
    jpeg_without_frame = pictures.JPEG.replace(b"\xff\xc0", b"\xff\xc4")
    webp_of_nothing = pictures.WEBP.replace(b"VP8 ", b"VP9 ")

    for content in (without_pixels, flipped, jpeg_without_frame, webp_of_nothing):
        with pytest.raises(UnreadableError):
            picture.read(content)


def test_fill_bytes_before_a_marker_are_passed_over() -> None:
    filled = pictures.JPEG.replace(b"\xff\xc0", b"\xff\xff\xff\xc0")

    assert picture.read(filled) == Picture("image/jpeg", 7, 5)
