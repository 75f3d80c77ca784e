"""Holds the languages together: which English block belongs to which Korean one, as last read.

``chapters/languages.json`` has, for each block, a fingerprint of both texts.  Whoever changes one
text reads the other, changes it where needed, and then runs ``python -m numcnn.course.languages``.
"""

from __future__ import annotations

import hashlib
import json

from numcnn.course.chapter import FOLDER, named, pages

PAIRS = FOLDER / "languages.json"
WHOLE = ("contents.md", "glossary.md", "words.json")
"""Files that are compared as one block."""

Fingerprints = dict[str, list[list[str]]]


def fingerprints(name: str) -> list[list[str]]:
    """Return the fingerprints, English and Korean, of a page's blocks, or of a whole file."""
    pairs = zip(*(_texts(name, language) for language in ("en", "ko")), strict=True)
    return [[hashlib.sha256(text.encode()).hexdigest()[:12] for text in pair] for pair in pairs]


def _texts(name: str, language: str) -> list[str]:
    if name in WHOLE:
        return [(FOLDER / language / name).read_text("utf-8")]
    return [block.body for block in named(name, language).blocks]


def changed(stored: Fingerprints | None = None) -> list[str]:
    """Return the blocks that are not as they were when both languages were last read."""
    known = json.loads(PAIRS.read_text("utf-8")) if stored is None else stored
    found = []
    for name in (*pages("ko"), *WHOLE):
        before, now = known.get(name, []), fingerprints(name)
        if len(before) != len(now):
            found.append(f"{name}: all blocks")
            continue
        pairs = enumerate(zip(before, now, strict=True), start=1)
        found += [f"{name}: block {number}" for number, (old, new) in pairs if old != new]
    return found


def store() -> None:
    """Record that both languages say the same now."""
    text = json.dumps({name: fingerprints(name) for name in (*pages("ko"), *WHOLE)}, indent=0)
    PAIRS.write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    store()
