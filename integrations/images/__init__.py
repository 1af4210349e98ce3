"""Photos as they are kept: decoded, turned upright, written anew, without where they were taken.

Source: docs/certificates.md, "Attachments".
"""

import io
import struct
from typing import Final

from PIL import Image, ImageOps

from domain.units.attachments import MOST_PIXELS, FileFault, FileRefused, Kept, MediaType
from integrations.images.heic import Damaged, without_metadata

_FORMATS: Final = {
    MediaType.JPEG: "JPEG",
    MediaType.PNG: "PNG",
    MediaType.WEBP: "WEBP",
}
_MODES: Final = {"JPEG": {"RGB", "L"}, "PNG": {"RGB", "RGBA", "L", "LA", "P", "1", "I;16"}}
_QUALITY: Final = {"JPEG": {"quality": 92}, "WEBP": {"quality": 92}, "PNG": {}}
_BROKEN: Final = (OSError, SyntaxError, ValueError, EOFError, struct.error, IndexError, KeyError)
_BOMBS: Final = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_DAMAGED: Final = FileRefused(FileFault.FILE_DAMAGED, {})
_TOO_MANY: Final = FileRefused(FileFault.IMAGE_TOO_LARGE, {"maxPixels": MOST_PIXELS})


def kept(data: bytes, media_type: MediaType) -> Kept | FileRefused:
    """A file as it is stored: a photo by its pixels alone, a document as it came.

    It blocks for up to some seconds: run it in a thread. HEIC is checked by its structure and its
    metadata are blanked; its pixels are not decoded, for no decoder of it is installed.
    Refuses: an image that does not decode to its end, or has over 40 million pixels.
    """
    if media_type is MediaType.PDF:
        return Kept(media_type, data)
    if media_type is MediaType.HEIC:
        return _heic(data)
    try:
        with Image.open(io.BytesIO(data), formats=[_FORMATS[media_type]]) as image:
            if image.width * image.height > MOST_PIXELS:
                return _TOO_MANY
            image.load()
            return _written(image, media_type)
    except _BOMBS:
        return _TOO_MANY
    except _BROKEN:
        return _DAMAGED


def _written(image: Image.Image, media_type: MediaType) -> Kept:
    form, profile = _FORMATS[media_type], image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(image)
    if upright.mode not in _MODES.get(form, {upright.mode}):
        upright, profile = upright.convert("RGB"), None
    clear = {} if form == "JPEG" else _transparency(upright)
    upright.info = clear
    into = io.BytesIO()
    upright.save(into, form, icc_profile=profile, **_QUALITY[form])
    return Kept(media_type, into.getvalue(), upright.width, upright.height)


def _transparency(image: Image.Image) -> dict[str | tuple[int, int], object]:
    found = image.info.get("transparency")
    return {} if found is None else {"transparency": found}


def _heic(data: bytes) -> Kept | FileRefused:
    try:
        blanked, width, height = without_metadata(data)
    except Damaged:
        return _DAMAGED
    if width * height > MOST_PIXELS:
        return _TOO_MANY
    return Kept(MediaType.HEIC, blanked, width, height)
