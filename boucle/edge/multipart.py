"""The one file of a `multipart/form-data` body, piece by piece: nothing is spooled."""

from collections.abc import AsyncIterator

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from boucle.edge.answers import bad_request


async def file_of(content_type: str, stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces of the only part that has a file name; other parts are passed over.

    Raises: NotServed for a body that is not such a form, or has no file, or several.
    """
    form = _Form(content_type)
    async for piece in stream:
        for data in form.feed(piece):
            yield data
    form.finish()


class _Form:
    """Follows the parser: which header is read, which part is the file."""

    def __init__(self, content_type: str) -> None:
        _, options = parse_options_header(content_type)
        self._files = 0
        self._in_file = self._ended = False
        self._name, self._value = bytearray(), bytearray()
        self._data: list[bytes] = []
        try:
            self._parser = MultipartParser(
                options.get(b"boundary", b""),
                {
                    "on_part_begin": self._part_began,
                    "on_header_begin": self._header_began,
                    "on_header_field": self._header_field,
                    "on_header_value": self._header_value,
                    "on_header_end": self._header_ended,
                    "on_part_data": self._part_data,
                    "on_end": self._form_ended,
                },
                max_header_count=16,
                max_header_size=8_192,
            )
        except FormParserError as error:
            raise _malformed() from error
        if b"boundary" not in options:
            raise _malformed()

    def feed(self, piece: bytes) -> list[bytes]:
        """What of the file is in this piece of the body."""
        self._data = []
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise _malformed() from error
        if self._files > 1:
            raise bad_request("SEVERAL_FILES", "Send one file.")
        return self._data

    def finish(self) -> None:
        """The body has ended."""
        if not self._ended:
            raise bad_request("BAD_FORM", "The form ends early.")
        if not self._files:
            raise bad_request("FILE_MISSING", "The form has no part with a file name.")

    def _part_began(self) -> None:
        self._in_file = False

    def _header_began(self) -> None:
        self._name, self._value = bytearray(), bytearray()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_ended(self) -> None:
        if bytes(self._name).lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            if b"filename" in options:
                self._in_file = True
                self._files += 1

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._data.append(data[start:end])

    def _form_ended(self) -> None:
        self._ended = True


def _malformed() -> Exception:
    return bad_request("BAD_FORM", "The multipart form cannot be read.")
