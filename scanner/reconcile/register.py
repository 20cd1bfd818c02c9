"""CSV and XLSX files of other people → a table of texts: whatever encoding, delimiter and title rows they have.

The encoding is what the first bytes say, else UTF-8 if the whole file is that, else Windows-1252, which is what
spreadsheets write in the West. The delimiter is the one that cuts the first lines into the most columns of one
number. Nothing is computed: a formula in a workbook is its last value.
"""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

from scanner.errors import ScannerError, UsageError

MAX_FILE = 64 << 20
"""Bytes of a register; a hundred thousand assets are about twenty megabytes."""
MAX_ROWS = 500_000
MAX_COLUMNS = 200
MAX_CELL = 500
"""Characters of a cell that are kept; what identifies a device is shorter."""
SAMPLE_LINES = 50
"""Lines that decide about delimiter and header."""
DELIMITERS = (",", ";", "\t", "|")
_ZIP = b"PK\x03\x04"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """A register as it lies in its file: rows of texts with their line numbers, the header not yet told apart.

    `form` says in words how it was read.
    """

    name: str
    form: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_register(path: Path, sheet: str = "") -> Register:
    """Return a register; `sheet` names one of a workbook. Raises ScannerError for what is neither CSV nor XLSX."""
    try:
        if path.stat().st_size > MAX_FILE:
            raise ScannerError(f"{path}: is larger than {MAX_FILE >> 20} MB")
        data = path.read_bytes()
    except OSError as error:
        raise ScannerError(f"{path} cannot be read: {error.strerror or error}") from error
    if data.startswith(_ZIP):
        return _workbook(path, data, sheet)
    if sheet:
        raise UsageError(f"{path.name} is no workbook: --sheet does not fit")
    return _text(path, data)


def _text(path: Path, data: bytes) -> Register:
    encoding = _encoding(data)
    text = data.decode(encoding, "replace")
    if "\0" in text[:4096]:
        raise ScannerError(f"{path}: is neither CSV nor XLSX")
    told, text = _told_delimiter(text)
    delimiter = told or _delimiter(text)
    name = {"\t": "tab"}.get(delimiter, delimiter)
    rows = _kept(_csv_rows(text, delimiter, skipped=1 if told else 0))
    return Register(name=path.name, form=f"CSV, {encoding}, delimiter {name}", rows=rows)


def _encoding(data: bytes) -> str:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _told_delimiter(text: str) -> tuple[str, str]:
    """Return the delimiter of a first line "sep=;", as Excel writes it, and the rest."""
    first, newline, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        return first.strip()[4], rest
    return "", first + newline + rest


def _delimiter(text: str) -> str:
    lines = text.splitlines()[:SAMPLE_LINES]
    return max(DELIMITERS, key=lambda delimiter: _evenness(lines, delimiter))


def _evenness(lines: Sequence[str], delimiter: str) -> tuple[int, int]:
    """Return how many lines have the commonest number of columns that is more than one, and that number."""
    widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1)
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    return count, width


def _csv_rows(text: str, delimiter: str, skipped: int) -> Iterator[tuple[int, Sequence[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            yield reader.line_num + skipped, row
    except csv.Error as error:
        raise ScannerError(f"line {reader.line_num + skipped}: cannot be read as CSV: {error}") from error


def _workbook(path: Path, data: bytes, sheet: str) -> Register:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, ValueError, OSError) as error:
        raise ScannerError(f"{path}: cannot be read as XLSX: {error}") from error
    names = book.sheetnames
    if sheet and sheet not in names:
        raise UsageError(f"{path.name} has no sheet {sheet!r}; there are {', '.join(names)}")
    page = book[sheet or names[0]]
    rows = _kept(
        (n, [_cell(value) for value in row]) for n, row in enumerate(page.iter_rows(values_only=True), 1)
    )
    return Register(name=path.name, form=f"XLSX, sheet {sheet or names[0]}", rows=rows)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a serial number that the spreadsheet took for a number
    return str(value)


def _kept(rows: Iterable[tuple[int, Sequence[str]]]) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Return the rows that say something, bounded."""
    found: list[tuple[int, tuple[str, ...]]] = []
    for number, row in rows:
        cells = tuple(" ".join(cell[:MAX_CELL].split()) for cell in row[:MAX_COLUMNS])
        if any(cells):
            found.append((number, cells))
        if len(found) > MAX_ROWS:
            raise ScannerError(f"the register has more than {MAX_ROWS:,} rows")
    return tuple(found)
