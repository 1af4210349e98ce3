"""Photos made for tests: with a place in them, cut off, or not what they say."""

import io
from random import Random

from PIL import Image

GPS, ORIENTATION, LATITUDE = 0x8825, 0x0112, (48.0, 51.0, 30.0)


def photo(
    form: str = "JPEG", size: tuple[int, int] = (64, 48), *, placed: bool = True, turned: int = 1
) -> bytes:
    """A photo that says where it was taken, and how the camera was held."""
    image = Image.frombytes("RGB", (16, 16), Random(7).randbytes(768)).resize(size)
    into = io.BytesIO()
    exif = Image.Exif()
    if placed:
        exif.get_ifd(GPS).update({1: "N", 2: LATITUDE, 3: "E", 4: (2.0, 17.0, 40.0)})
        exif[0x010F] = "CANARY-MAKER"
    exif[ORIENTATION] = turned
    more = {"comment": b"CANARY-COMMENT"} if form == "JPEG" else {}
    image.save(into, form, exif=exif.tobytes(), **more)
    return into.getvalue()


def heic() -> bytes:
    """A file of the boxes that HEIC has, made of an AVIF, with a place in it."""
    return photo("AVIF").replace(b"ftypavif", b"ftypheic", 1)


def place_in(data: bytes) -> dict[int, object]:
    """What a photo says of where it was taken."""
    with Image.open(io.BytesIO(data)) as image:
        return dict(image.getexif().get_ifd(GPS))
