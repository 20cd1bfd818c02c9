"""Who of tonight is who of the nights before: by identity first, by place last.

A MAC decides, then the serial number of a maker, then the id that identity gave. Where a device shows none of these
(beyond a router, say) its address decides, if make and model are the same. A device on the address of one that is
nowhere else tonight has replaced it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from scanner.model import Attribute
from scanner.nightly.ledger import Known

_Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """Pairs of (before, tonight); who is new, with whom it replaces if anybody; and who was not seen."""

    same: tuple[tuple[Known, Known], ...]
    new: tuple[tuple[Known, Known | None], ...]
    unseen: tuple[Known, ...]


def meet(before: Sequence[Known], tonight: Sequence[Known]) -> Meeting:
    """Return who is who; each device meets at most one other."""
    left, right = list(before), list(tonight)
    same: list[tuple[Known, Known]] = []
    for keys in (_macs, _serial, _id, _place):
        for pair in _pairs(left, right, keys):
            same.append(pair)
            left = [item for item in left if item is not pair[0]]
            right = [item for item in right if item is not pair[1]]
    replaced = _by_address(left)
    new = [(item, next((replaced[a] for a in item.addresses if a in replaced), None)) for item in right]
    taken = {old.id for _, old in new if old}
    return Meeting(
        same=tuple(same),
        new=tuple(new),
        unseen=tuple(item for item in left if item.id not in taken),
    )


def _pairs(
    left: Sequence[Known], right: Sequence[Known], keys: Callable[[Known], Iterable[_Key]]
) -> Iterator[tuple[Known, Known]]:
    """Yield those who share a key that only one on each side has."""
    ours, theirs = _unique(left, keys), _unique(right, keys)
    met = set[int]()
    for key, old in ours.items():
        new = theirs.get(key)
        if new is not None and id(old) not in met and id(new) not in met:
            met |= {id(old), id(new)}
            yield old, new


def _unique(items: Sequence[Known], keys: Callable[[Known], Iterable[_Key]]) -> dict[_Key, Known]:
    count = Counter(key for item in items for key in set(keys(item)))
    return {key: item for item in items for key in keys(item) if count[key] == 1}


def _macs(item: Known) -> Iterator[_Key]:
    yield from ((mac,) for mac in item.macs)


def _serial(item: Known) -> Iterator[_Key]:
    serial = item.value(Attribute.SERIAL)
    if serial:
        yield item.value(Attribute.MAKER), serial


def _id(item: Known) -> Iterator[_Key]:
    yield (item.id,)


def _place(item: Known) -> Iterator[_Key]:
    """Yield addresses with make and model, for devices that show nothing better."""
    if not item.macs and not item.value(Attribute.SERIAL):
        what = (
            item.kind,
            item.value(Attribute.MAKER),
            item.value(Attribute.BRAND),
            item.value(Attribute.MODEL),
        )
        yield from ((address, *what) for address in item.addresses)


def _by_address(items: Iterable[Known]) -> dict[str, Known]:
    return {address: item for item in items if not item.gone for address in item.addresses}
