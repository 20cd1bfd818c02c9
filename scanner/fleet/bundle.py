"""What a sensor hands in for one shard of a round: the report as the contract has it, and the messages behind it.

JSON inside zstd. The centre believes none of it: sizes are bounded before and after expansion, every value is read by
its type, and what a device is, is concluded again from the messages, with the centre's own knowledge.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from scanner.errors import ScannerError
from scanner.messages import message_record, read_message
from scanner.model import Message, Report

SCHEMA = "camcensus.bundle/1"
MAX_PACKED = 48 << 20
"""Bytes of a bundle on its way; the inbox takes no more than 64 MiB."""
MAX_UNPACKED = 512 << 20
MAX_SAID = 500


class BundleError(ScannerError):
    """A bundle is damaged, too large, or not one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One shard of one round. `said` tells why there is no report, where there is none: refused, failed."""

    site: str
    round: UUID
    due: datetime
    shard: int
    shards: int
    sensor: str
    started: datetime
    ended: datetime
    complete: bool
    said: str = ""
    report: Report | None = None
    messages: tuple[Message, ...] = ()


def pack(bundle: Bundle) -> bytes:
    """Return a bundle as bytes; of too many messages the last are left out, and the bundle is not complete then."""
    import zstandard

    from scanner.reports.as_json import document

    record = {
        "schema": SCHEMA,
        "site": bundle.site,
        "round": str(bundle.round),
        "due": bundle.due.isoformat(),
        "shard": bundle.shard,
        "shards": bundle.shards,
        "sensor": bundle.sensor,
        "started": bundle.started.isoformat(),
        "ended": bundle.ended.isoformat(),
        "complete": bundle.complete,
        "said": bundle.said[:MAX_SAID],
        "report": document(bundle.report) if bundle.report else None,
        "messages": [message_record(message) for message in bundle.messages],
    }
    packed = zstandard.compress(json.dumps(record, separators=(",", ":")).encode(), 6)
    if len(packed) > MAX_PACKED:
        raise BundleError(f"what was heard takes {len(packed) >> 20} MiB: split the site into more shards")
    return packed


def unpack(packed: bytes) -> Bundle:
    """Return the bundle that bytes hold; BundleError for anything else."""
    try:
        return _bundle(json.loads(_expanded(packed)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BundleError(f"this is no bundle: {type(error).__name__} at {str(error)[:80]!r}") from error


def _expanded(packed: bytes) -> bytes:
    import zstandard

    if len(packed) > MAX_PACKED:
        raise BundleError(f"a bundle of {len(packed) >> 20} MiB is too large")
    try:
        with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(packed) as reader:
            expanded: bytes = reader.read(MAX_UNPACKED + 1)
    except zstandard.ZstdError as error:
        raise BundleError(f"this is no bundle: {error}") from error
    if len(expanded) > MAX_UNPACKED:
        raise BundleError(f"a bundle that expands beyond {MAX_UNPACKED >> 20} MiB is too large")
    return expanded


def _bundle(record: Mapping[str, Any]) -> Bundle:
    from scanner.reports.from_json import read_report

    if record["schema"] != SCHEMA:
        raise BundleError(
            f"a bundle of form {str(record['schema'])[:40]!r} is not known here: update the centre"
        )
    report = record["report"]
    return Bundle(
        site=_text(record["site"]),
        round=UUID(record["round"]),
        due=_time(record["due"]),
        shard=int(record["shard"]),
        shards=int(record["shards"]),
        sensor=_text(record["sensor"]),
        started=_time(record["started"]),
        ended=_time(record["ended"]),
        complete=record["complete"] is True,
        said=_text(record["said"])[:MAX_SAID],
        report=None if report is None else read_report(json.dumps(report), "bundle"),
        messages=tuple(message for one in record["messages"] if (message := read_message(one))),
    )


def in_order(bundles: Iterable[Bundle]) -> list[Message]:
    """Return the messages of bundles as one scan would have heard them."""
    return sorted(
        (message for bundle in bundles for message in bundle.messages), key=lambda message: message.time
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} where a text should be")
    return value


def _time(value: Any) -> datetime:
    time = datetime.fromisoformat(_text(value))
    return time if time.tzinfo else time.replace(tzinfo=UTC)
