"""Where reports go: words such as `html=town-hall.html` → outputs that can be written, and the writing.

Everything that could fail for want of a format, a library or a place is looked at before a run begins: it must not
cost a scan. A file appears whole or not at all: it is written beside its place and then put there.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from scanner.errors import ScannerError, UsageError

if TYPE_CHECKING:
    from scanner.reports import Format

STDOUT = "-"
DEFAULT = "table"
_NAMED = re.compile(r"([a-z][a-z0-9-]*)=(.+)", re.DOTALL)
"""`format=path`; a path that has an equals sign itself can be written `./a=b`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One report to write: in which format, and to which file; None is stdout."""

    form: "Format"
    path: Path | None = None
    columns: tuple[str, ...] = ()
    wide: bool = False


def outputs(
    format_name: str | None,
    written: Sequence[str] | None,
    *,
    json: bool,
    columns: str | None = None,
    wide: bool = False,
) -> tuple[Output, ...]:
    """Return the outputs that the words ask for, each known to be writable; stdout gets a table if nothing is said.

    `written` are those of -o; as with grype, they take the place of what stdout would have got unless a format is
    named too. Raises UsageError for words that do not fit, ScannerError for what cannot be written here.
    """
    shown = _columns(columns)
    chosen = "json" if json and not format_name else format_name
    made = [_output(word, chosen) for word in written or ()]
    plain_paths = any(not _NAMED.fullmatch(word) and word != STDOUT for word in written or ())
    if not made or (chosen and not plain_paths and not any(item.path is None for item in made)):
        made.insert(0, Output(form=_known(chosen or DEFAULT)))
    _check_apart(made)
    for item in made:
        _check(item)
    return tuple(replace(item, columns=shown, wide=wide) for item in made)


def _columns(words: str | None) -> tuple[str, ...]:
    """Return the columns that were chosen; UsageError, with all that there are, for one that is none."""
    if words is None:
        return ()
    from scanner.policy import list_ids
    from scanner.reports.rows import COLUMNS

    chosen = tuple(word.strip() for word in words.split(",") if word.strip())
    for word in chosen:
        if word not in {*COLUMNS, *list_ids()}:
            known = ", ".join(COLUMNS)
            raise UsageError(f"there is no column {word!r}; the columns are {known}, and each list's id")
    return chosen


def _known(name: str) -> "Format":
    from scanner.reports import named

    return named(name)


def _output(word: str, chosen: str | None) -> Output:
    """Return what one -o asks for: `format=path`, a format's name alone (stdout), or a path alone."""
    from scanner.reports import FORMATS, suffixed

    pair = _NAMED.fullmatch(word)
    if pair:
        return Output(form=_known(pair[1]), path=_place(pair[2]))
    if word in {known.name for known in FORMATS}:
        return Output(form=_known(word))
    form = _known(chosen) if chosen else _known(DEFAULT) if word == STDOUT else suffixed(Path(word).name)
    if form is None:
        raise UsageError(
            f"the end of {word!r} tells no report format: write -o FORMAT={word}, or name one with --format"
        )
    return Output(form=form, path=_place(word))


def _place(word: str) -> Path | None:
    return None if word == STDOUT else Path(os.path.realpath(word))


def _check_apart(made: Sequence[Output]) -> None:
    places = [item.path for item in made]
    for place in places:
        if places.count(place) > 1:
            raise UsageError(f"two reports cannot both go to {place or 'stdout'}")


def _check(item: Output) -> None:
    """Raise ScannerError where an output cannot be written here, with the reason."""
    import sys

    lacking = item.form.lacks()
    if lacking:
        raise ScannerError(f"the format {item.form.name} cannot be written here: {lacking}")
    if item.path is not None:
        _check_place(item.path)
    elif item.form.binary and sys.stdout.isatty():
        raise UsageError(
            f"{item.form.name} is no text for a terminal: write it to a file with -o {item.form.name}=FILE"
        )


def _check_place(path: Path) -> None:
    with _told(path):
        if path.is_dir():
            raise ScannerError(f"{path} cannot be written: it is a folder")
        if path.exists() and not os.access(path, os.W_OK):
            raise ScannerError(f"{path} cannot be written: permission denied")
        if not _is_special(path):
            beside, file = _beside(path)
            file.close()
            beside.unlink()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ScannerError(f"{path} cannot be written: {error.strerror or error}") from error


def _is_special(path: Path) -> bool:
    """Tell whether a path is a pipe or a device: those are written to, not replaced."""
    return path.exists() and not path.is_file()


def _beside(path: Path) -> tuple[Path, BinaryIO]:
    """Return a new file in the folder of a path, with the rights that a file of that name has or would have."""
    import secrets

    beside = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.part")
    rights = path.stat().st_mode & 0o777 if path.is_file() else 0o666
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    file = os.fdopen(os.open(beside, flags, rights), "wb")
    return beside, file


def put(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; a pipe or a device just gets the bytes. Raises ScannerError."""
    with _told(path):
        if _is_special(path):
            path.write_bytes(data)
            return
        beside, file = _beside(path)
        try:
            with file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            with suppress(OSError):
                beside.unlink()
            raise
