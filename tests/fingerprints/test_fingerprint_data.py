"""Every shipped fingerprint is proved, and what runs is what was proved."""

from dataclasses import replace
from datetime import UTC, datetime

from scanner.fingerprints import load
from scanner.fingerprints.lint import check, read_all
from scanner.fingerprints.loader import DATA, data_files, read_bytes, read_text
from scanner.vendors import vendors
from scanner.vendors.registry import known_registrants


def test_shipped_fingerprints_are_sound():
    fingerprints, faults = read_all([DATA])
    faults += check(fingerprints, vendors(), datetime.now(UTC).date(), known_registrants())
    assert not faults, "\n".join(map(str, faults[:40]))


def test_the_quick_reading_is_the_full_reading():
    files = data_files(DATA)
    read = [read_text(read_bytes(path), stem=stem, name=f"{stem}.toml")[0] for stem, path in files]
    fingerprints = [fingerprint for found in read for fingerprint in found]
    bare = tuple(replace(fingerprint, examples=(), negatives=()) for fingerprint in fingerprints)
    assert load().fingerprints == bare
