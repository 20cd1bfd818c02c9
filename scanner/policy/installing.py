"""A newer list file into the user's own folder: how networks that reach nobody get their lists.

The file is checked as every list is, and never replaces one that is as new or newer. It is written beside and
moved into place, so that a list is there whole or not at all.
"""

import os
import tempfile
from pathlib import Path

from scanner.errors import ScannerError, UsageError
from scanner.policy.loading import LISTS, MAX_FILE, find_list, installed_lists, known_ids, read_list
from scanner.policy.policylist import PolicyList


def install(path: Path) -> tuple[PolicyList, Path]:
    """Install a list file; returns the list and where it lies now.

    Raises KnowledgeError for a broken file, UsageError where the list that is in use is as new or newer, and
    ScannerError where the folder cannot be written.
    """
    item = read_list(path)
    if item.id in known_ids():
        _check_newer(item, find_list(item.id), path)
    place = installed_lists() / f"{item.id}.toml"
    _write(place, path)
    return item, place


def _check_newer(new: PolicyList, held: PolicyList, path: Path) -> None:
    if (new.version, new.checked) > (held.version, held.checked):
        return
    age = "the same as" if (new.version, new.checked) == (held.version, held.checked) else "older than"
    raise UsageError(
        f"{path.name}: {new.id} of {new.version.isoformat()} (checked {new.checked.isoformat()}) is {age} what is in "
        f"use: {held.version.isoformat()} (checked {held.checked.isoformat()}); nothing was changed"
    )


def origin(item_id: str) -> str:
    """Return where the version in use of a list comes from: "shipped" or "installed"."""
    installed = installed_lists() / f"{item_id}.toml"
    if not installed.is_file():
        return "shipped"
    shipped = LISTS / f"{item_id}.toml"
    if not shipped.is_file():
        return "installed"
    return "shipped" if find_list(item_id) == read_list(shipped) else "installed"


def _write(place: Path, source: Path) -> None:
    try:
        data = source.read_bytes()[:MAX_FILE]
        place.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=".list-")
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(name).replace(place)
    except OSError as error:
        raise ScannerError(f"{place} cannot be written: {error.strerror or error}") from error
