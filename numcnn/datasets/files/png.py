"""PNG, checked to its last byte before Pillow decodes it.

Pillow shows what it can of a damaged picture: where rows are missing it fills them with zeros and
says nothing, and a program may have switched off the checks that it has.  A PNG is eight bytes and
then chunks, each with its length, its kind, its content and a checksum of the last two [1]_::

    IHDR    width, height, bits, colour, …
    IDAT …  the rows, packed by zlib: for each row a byte and then its pixels
    IEND

.. [1] https://www.w3.org/TR/png
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour: grey, RGB, palette, with alpha
PACKED = (b"zTXt", b"iTXt", b"iCCP")
"""Chunks that can be a thousand times larger than they look, and say nothing about pixels."""

PIECE = 1 << 20  # bytes


def check_png(file: BinaryIO, width: int, most_rows: int) -> None:
    """Check that a file is a PNG of that width with all its rows, each byte as it was written.

    Nothing is kept: the cost is that of reading the file and unpacking it once.

    Raises
    ------
    ValueError
        If it is damaged or another picture.
    """
    if file.read(len(SIGNATURE)) != SIGNATURE:
        raise ValueError("it can't be recognized as a PNG")
    chunks = _chunks(file)
    kind, header = next(chunks)
    if kind != b"IHDR" or len(header) != 13:
        raise ValueError("it does not begin with its size")
    wide, rows, bits, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if wide != width or not 0 < rows <= most_rows:
        raise ValueError(
            f"it is {wide:,} pixels wide and {rows:,} high, where at most {most_rows:,} rows of "
            f"{width} are expected"
        )
    if bits > 8:
        raise ValueError(f"its pixels have {bits} bits, not 8")
    if interlaced or colour not in CHANNELS:
        raise ValueError("its rows are interlaced, or of colours that PNG does not have")
    expected = rows * (1 + -(-width * CHANNELS[colour] * bits // 8))
    unpacked = _unpacked(chunks, expected)
    if unpacked != expected:
        more = "more than " if unpacked > expected else ""
        raise ValueError(
            f"its {rows:,} rows need {expected:,} bytes, and it has {more}"
            f"{min(unpacked, expected):,}"
        )


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Give the kind and the content of each chunk, to the last."""
    kind = b""
    while kind != b"IEND":
        head = file.read(8)
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        content = file.read(length)
        checksum = file.read(4)
        if len(checksum) < 4:
            raise ValueError("it breaks off")
        if zlib.crc32(content, zlib.crc32(kind)) != int.from_bytes(checksum, "big"):
            raise ValueError(f"the checksum of its chunk {kind!r} is wrong")
        if kind in PACKED:
            raise ValueError(f"it holds a packed text or profile ({kind.decode()})")
        yield kind, content


def _unpacked(chunks: Iterator[tuple[bytes, bytes]], most: int) -> int:
    """Return how many bytes the rows have, unpacked; of more than `most`, only that it is more."""
    unpacker = zlib.decompressobj()
    count, before, ended = 0, b"IHDR", False
    for kind, content in chunks:
        ended |= before == b"IDAT" != kind
        if kind == b"IHDR" or (ended and kind == b"IDAT"):
            raise ValueError(f"it has {kind.decode()} in two places")
        if kind == b"IDAT" and not unpacker.eof:
            count += _unpacked_length(unpacker, content, most - count)
        before = kind
    if not unpacker.eof and count <= most:
        raise ValueError("its rows break off")
    return count


def _unpacked_length(unpacker: Any, content: bytes, most: int) -> int:
    """Return how long a part of the rows is, unpacked; stop behind `most`."""
    count = 0
    while count <= most:
        piece = unpacker.decompress(content, PIECE)
        content = unpacker.unconsumed_tail
        count += len(piece)
        if not content and len(piece) < PIECE:
            break
    return count
