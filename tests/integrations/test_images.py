"""What is kept of a photo is its pixels, upright, whole, and nothing of where it was taken."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from domain.units import attachments
from domain.units.attachments import FileFault, FileRefused, Kept, MediaType, media_type_of
from integrations import images
from tests.photos import heic, photo, place_in

FORMS = {"JPEG": MediaType.JPEG, "PNG": MediaType.PNG, "WEBP": MediaType.WEBP}
HEIC = heic()


def _kept(data: bytes) -> Kept:
    media_type = media_type_of(data)
    assert media_type is not None
    found = images.kept(data, media_type)
    assert isinstance(found, Kept), found
    return found


@pytest.mark.parametrize("form", FORMS)
def test_the_place_and_all_else_that_is_told_is_gone_and_the_pixels_are_there(form: str) -> None:
    sent = photo(form)
    assert place_in(sent)

    found = _kept(sent)

    assert found.media_type is FORMS[form]
    assert (found.width, found.height) == (64, 48)
    assert place_in(found.data) == {}
    assert b"CANARY" not in found.data
    before, after = (Image.open(io.BytesIO(each)).convert("L") for each in (sent, found.data))
    apart = [abs(a - b) for a, b in zip(before.tobytes(), after.tobytes(), strict=True)]
    assert sum(apart) / len(apart) < 12


def test_a_photo_is_turned_upright_because_the_note_of_how_it_was_held_is_gone() -> None:
    found = _kept(photo("JPEG", turned=6))

    assert (found.width, found.height) == (48, 64)


def test_a_drawing_keeps_its_transparency() -> None:
    into = io.BytesIO()
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(into, "PNG")

    with Image.open(io.BytesIO(_kept(into.getvalue()).data)) as image:
        assert image.convert("RGBA").getpixel((0, 0))[3] == 0


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("left", [0.3, 0.6, 0.9])
def test_a_photo_that_is_cut_off_is_damaged(form: str, left: float) -> None:
    sent = photo(form, (200, 200))

    found = images.kept(sent[: int(len(sent) * left)], FORMS[form])

    assert found == FileRefused(FileFault.FILE_DAMAGED, {})


def test_a_photo_with_too_many_pixels_is_refused_before_they_are_made() -> None:
    into = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(into, "PNG")
    assert len(into.getvalue()) < 20_000

    found = images.kept(into.getvalue(), MediaType.PNG)

    assert isinstance(found, FileRefused)
    assert found.fault is FileFault.IMAGE_TOO_LARGE
    assert found.facts == {"maxPixels": attachments.MOST_PIXELS}


def test_a_document_is_kept_as_it_came() -> None:
    found = images.kept(b"%PDF-1.7\n%%EOF", MediaType.PDF)

    assert found == Kept(MediaType.PDF, b"%PDF-1.7\n%%EOF")


def test_the_metadata_of_a_heic_are_blanked_in_place() -> None:
    assert b"CANARY-MAKER" in HEIC

    found = _kept(HEIC)

    assert (found.media_type, found.width, found.height) == (MediaType.HEIC, 64, 48)
    assert len(found.data) == len(HEIC)
    assert b"CANARY" not in found.data
    again = found.data.replace(b"ftypheic", b"ftypavif", 1)
    assert place_in(again) == {}
    with (
        Image.open(io.BytesIO(again)) as image,
        Image.open(io.BytesIO(HEIC.replace(b"ftypheic", b"ftypavif", 1))) as before,
    ):
        assert image.tobytes() == before.tobytes()


@given(st.integers(12, len(HEIC) - 1))
def test_a_heic_that_is_cut_off_anywhere_is_damaged(length: int) -> None:
    assert images.kept(HEIC[:length], MediaType.HEIC) == FileRefused(FileFault.FILE_DAMAGED, {})


@settings(max_examples=300)
@given(st.integers(0, len(HEIC) - 1), st.binary(min_size=1, max_size=8))
def test_no_bytes_make_reading_a_heic_fail_otherwise(place: int, put: bytes) -> None:
    changed = HEIC[:place] + put + HEIC[place + len(put) :]

    assert isinstance(images.kept(changed, MediaType.HEIC), Kept | FileRefused)


@pytest.mark.filterwarnings("ignore::UserWarning")  # of tags that are cut off: they are left out
@given(st.sampled_from(list(FORMS)), st.data())
def test_no_bytes_make_reading_a_photo_fail_otherwise(form: str, data: st.DataObject) -> None:
    sent = photo(form, (16, 16))
    place = data.draw(st.integers(0, len(sent) - 1))
    put = data.draw(st.binary(min_size=1, max_size=16))
    changed = sent[:place] + put + sent[place + len(put) :]

    assert isinstance(images.kept(changed, FORMS[form]), Kept | FileRefused)
