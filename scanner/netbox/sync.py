"""What NetBox lacks, and making it: the same steps for a dry run and for real, so that the one foretells the other.

NetBox is the operator's source of truth. Nothing is deleted, nothing that a person wrote is overwritten: empty fields
are filled, our own tags kept, and where NetBox says something else than was seen, that is told as a difference. An
address that belongs to another device there is never taken from it. Done twice, the second run changes nothing.

Objects are asked for in large batches: a request for each of 5,000 devices would take an hour.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Protocol, TypeVar

from scanner.errors import ScannerError
from scanner.model import IPAddress
from scanner.netbox.wanted import TAG, VERDICT_TAGS, WantedDevice, slug

BATCH = 50
"""Values in one filter: an address of 50 MACs is about 1,500 characters long."""
COLOUR = "9e9e9e"
OWN_MACS = (4, 2)
"""The version of NetBox from which MAC addresses are objects of their own."""
INTERFACE = "lan"
"""What an interface is called whose own name no neighbour can know."""

Data = dict[str, Any]
T = TypeVar("T")


class Box(Protocol):
    """What is asked of NetBox's API; `path` is app and endpoint, such as "dcim/devices"."""

    version: tuple[int, int]

    def find(self, path: str, **filters: object) -> list[Data]:
        """Return the objects that fit the filters, as plain values."""

    def create(self, path: str, data: Data) -> Data:
        """Create an object and return it."""

    def update(self, path: str, key: int, data: Data) -> None:
        """Change fields of an object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing done, or to be done: "create", "update", or "differs", which is for a person to settle."""

    verb: str
    path: str
    name: str
    detail: str = ""


@dataclass(slots=True, kw_only=True)
class Sync:
    """Brings devices into NetBox; with `apply` false it only says what it would do. `actions` fills up."""

    box: Box
    apply: bool = False
    actions: list[Action] = field(default_factory=list)
    _made: dict[tuple[str, str], Data] = field(default_factory=dict)
    _known: dict[str, dict[str, list[Data]]] = field(default_factory=dict)
    _prefixes: list[IPv4Network | IPv6Network] = field(default_factory=list)
    _there: dict[int, list[Data]] = field(default_factory=dict)

    def run(self, devices: Sequence[WantedDevice], progress: Callable[[int], None] = lambda _: None) -> None:
        """Bring in devices; `progress` is told after each how many are done."""
        self._look_up(devices)
        for tag in (TAG, *dict.fromkeys(device.verdict_tag for device in devices if device.verdict_tag)):
            self._named("extras/tags", tag, {"color": COLOUR})
        for number, device in enumerate(devices, 1):
            self._device(device)
            progress(number)

    def _look_up(self, devices: Sequence[WantedDevice]) -> None:
        """Ask NetBox for everything that the devices could be there already, in batches."""
        self._remember("dcim/devices", "asset_tag", (device.asset_tag for device in devices))
        self._remember("dcim/devices", "serial", (device.serial for device in devices if device.serial))
        macs = [mac for device in devices for mac in device.macs]
        where = "dcim/mac-addresses" if self.box.version >= OWN_MACS else "dcim/interfaces"
        self._remember(where, "mac_address", macs, str.lower)
        addresses = [str(address) for device in devices for address in device.addresses]
        self._remember("ipam/ip-addresses", "address", addresses, lambda text: text.partition("/")[0])
        self._prefixes = [ip_network(item["prefix"], strict=False) for item in self.box.find("ipam/prefixes")]
        tagged = [item["id"] for found in self._known["dcim/devices asset_tag"].values() for item in found]
        self._there = {key: [] for key in tagged}
        for batch in _batches(tagged):
            for interface in self.box.find("dcim/interfaces", device_id=batch):
                self._there.setdefault(interface["device"]["id"], []).append(interface)

    def _remember(
        self, path: str, key: str, values: Iterable[str], read: Callable[[str], str] = lambda text: text
    ) -> None:
        known = self._known.setdefault(f"{path} {key}", {})
        for batch in _batches(list(dict.fromkeys(values))):
            for found in self.box.find(path, **{key: batch}):
                known.setdefault(read(str(found[key])), []).append(found)

    def _found(self, path: str, key: str, value: str) -> list[Data]:
        return self._known.get(f"{path} {key}", {}).get(value, [])

    def _device(self, wanted: WantedDevice) -> None:
        there = self._existing(wanted)
        device = self._update(there, wanted) if there else self._create(wanted)
        self._interfaces(device, wanted)

    def _existing(self, wanted: WantedDevice) -> Data | None:
        """Return the device that NetBox has: by our tag, else by MAC, else by a serial that only one has."""
        if found := self._found("dcim/devices", "asset_tag", wanted.asset_tag):
            return found[0]
        for mac in wanted.macs:
            for owner in map(self._owner, self._macs_of(mac)):
                if owner is not None:
                    return owner
        same = self._found("dcim/devices", "serial", wanted.serial) if wanted.serial else []
        return same[0] if len(same) == 1 else None

    def _macs_of(self, mac: str) -> list[Data]:
        """Return the interfaces that carry a MAC in NetBox."""
        if self.box.version >= OWN_MACS:
            assigned = [
                item.get("assigned_object") for item in self._found("dcim/mac-addresses", "mac_address", mac)
            ]
            return [item for item in assigned if isinstance(item, dict)]
        return self._found("dcim/interfaces", "mac_address", mac)

    def _owner(self, interface: Data) -> Data | None:
        key = (interface.get("device") or {}).get("id")
        found = self.box.find("dcim/devices", id=key) if key else []
        return found[0] if found else None

    def _create(self, wanted: WantedDevice) -> Data:
        manufacturer = self._named("dcim/manufacturers", wanted.manufacturer)
        kind = self._type(manufacturer, wanted)
        role = self._named("dcim/device-roles", wanted.role, {"color": COLOUR})
        site = self._named("dcim/sites", wanted.site, {"status": "active"})
        made = self._make(
            "dcim/devices",
            wanted.name,
            {
                "name": wanted.name,
                "device_type": kind["id"],
                "role": role["id"],
                "site": site["id"],
                "status": "active",
                "serial": wanted.serial,
                "asset_tag": wanted.asset_tag,
                "description": wanted.description,
                "comments": wanted.comments,
                "tags": [_tag(tag) for tag in (TAG, wanted.verdict_tag) if tag],
            },
        )
        self._there[made["id"]] = []
        return made

    def _update(self, there: Data, wanted: WantedDevice) -> Data:
        """Fill what is empty in a device that NetBox has, keep our tags, and tell where it says something else."""
        name = str(there.get("display") or there.get("name") or wanted.name)
        change: Data = {}
        for key, value in (("serial", wanted.serial), ("asset_tag", wanted.asset_tag)):
            if value and not there.get(key):
                change[key] = value
        ours = [tag for tag in (TAG, wanted.verdict_tag) if tag]
        tags = {tag["slug"]: tag.get("name") or tag["slug"] for tag in there.get("tags", [])}
        kept = {tag: name for tag, name in tags.items() if tag not in VERDICT_TAGS or tag in ours}
        if kept != tags or not kept.keys() >= set(ours):
            change["tags"] = [_tag(tag, kept.get(tag, tag)) for tag in dict.fromkeys((*kept, *ours))]
        self._change("dcim/devices", there, name, change)
        for detail in _differences(there, wanted):
            self.actions.append(Action(verb="differs", path="dcim/devices", name=name, detail=detail))
        return there

    def _type(self, manufacturer: Data, wanted: WantedDevice) -> Data:
        key = ("dcim/device-types", f"{manufacturer['id']} {wanted.manufacturer} {wanted.model}")
        if key not in self._made:
            found = (
                self.box.find("dcim/device-types", manufacturer_id=manufacturer["id"], model=wanted.model)
                if manufacturer["id"]
                else []
            )
            self._made[key] = (
                found[0]
                if found
                else self._make(
                    "dcim/device-types",
                    f"{wanted.manufacturer} {wanted.model}",
                    {
                        "manufacturer": manufacturer["id"],
                        "model": wanted.model,
                        "slug": slug(f"{wanted.manufacturer} {wanted.model}"),
                    },
                )
            )
        return self._made[key]

    def _named(self, path: str, name: str, more: Mapping[str, object] | None = None) -> Data:
        """Return the object of a name, made where there is none; the slug decides, as names may be spelt otherwise."""
        key = (path, slug(name))
        if key not in self._made:
            found = self.box.find(path, slug=key[1])
            self._made[key] = (
                found[0] if found else self._make(path, name, {"name": name, "slug": key[1], **(more or {})})
            )
        return self._made[key]

    def _interfaces(self, device: Data, wanted: WantedDevice) -> None:
        """Give a device an interface for each MAC, and its addresses to the first."""
        there = self._there.get(device["id"])
        if there is None:
            there = self.box.find("dcim/interfaces", device_id=device["id"])
        first: Data | None = None
        for number, mac in enumerate(wanted.macs or ("",), 1):
            name = INTERFACE if number == 1 else f"{INTERFACE}{number}"
            interface = self._with_mac(there, mac) or next((i for i in there if i.get("name") == name), None)
            if interface is None:
                data: Data = {"device": device["id"], "name": name, "type": "other"}
                if mac and self.box.version < OWN_MACS:
                    data["mac_address"] = mac
                interface = self._make("dcim/interfaces", f"{wanted.name} {name}", data)
            self._mac(interface, mac, wanted)
            first = first or interface
        for address in wanted.addresses if first else ():
            self._address(device, first or {}, address, wanted)

    def _with_mac(self, interfaces: Sequence[Data], mac: str) -> Data | None:
        keys = {interface.get("id") for interface in self._macs_of(mac)} if mac else set()
        return next((interface for interface in interfaces if interface["id"] in keys), None)

    def _mac(self, interface: Data, mac: str, wanted: WantedDevice) -> None:
        if not mac or self.box.version < OWN_MACS or self._found("dcim/mac-addresses", "mac_address", mac):
            return
        made = self._make(
            "dcim/mac-addresses",
            mac,
            {
                "mac_address": mac,
                "assigned_object_type": "dcim.interface",
                "assigned_object_id": interface["id"],
            },
        )
        if not interface.get("primary_mac_address"):
            self._change(
                "dcim/interfaces",
                interface,
                f"{wanted.name} {mac}",
                {"primary_mac_address": made["id"]},
                told=False,
            )

    def _address(self, device: Data, interface: Data, address: IPAddress, wanted: WantedDevice) -> None:
        """Assign an address to an interface, and make it the primary one of its family where there is none."""
        text = str(address)
        there = self._found("ipam/ip-addresses", "address", text)
        found = next((item for item in there if _holder(item) == device["id"]), None) or next(
            iter(there), None
        )
        if found is not None and found.get("assigned_object_id") and _holder(found) != device["id"]:
            owner = ((found.get("assigned_object") or {}).get("device") or {}).get(
                "display", "something else"
            )
            detail = f"{text} belongs to {owner} in NetBox"
            self.actions.append(
                Action(verb="differs", path="ipam/ip-addresses", name=wanted.name, detail=detail)
            )
            return
        assigned = {"assigned_object_type": "dcim.interface", "assigned_object_id": interface["id"]}
        if found is None:
            prefixed = f"{text}/{self._length(address)}"
            found = self._make(
                "ipam/ip-addresses", prefixed, {"address": prefixed, "status": "active", **assigned}
            )
        elif not found.get("assigned_object_id"):
            self._change("ipam/ip-addresses", found, text, assigned)
        primary = f"primary_ip{address.version}"
        if not device.get(primary):
            self._change(
                "dcim/devices", device, f"{wanted.name} {primary}", {primary: found["id"]}, told=False
            )
            device[primary] = found["id"] or True

    def _length(self, address: IPAddress) -> int:
        """Return the length of the smallest prefix that NetBox has around an address, else that of a host."""
        around = (prefix.prefixlen for prefix in self._prefixes if address in prefix)
        return max(around, default=address.max_prefixlen)

    def _make(self, path: str, name: str, data: Data) -> Data:
        self.actions.append(Action(verb="create", path=path, name=name))
        return self.box.create(path, data) if self.apply else {**data, "id": 0}

    def _change(self, path: str, there: Data, name: str, change: Data, *, told: bool = True) -> None:
        if not change:
            return
        if told:
            self.actions.append(Action(verb="update", path=path, name=name, detail=", ".join(sorted(change))))
        if self.apply:
            self.box.update(path, there["id"], change)


def _tag(tag: str, name: str = "") -> Data:
    return {"name": name or tag, "slug": tag}


def _differences(there: Data, wanted: WantedDevice) -> Iterator[str]:
    """Yield where NetBox says something else than was seen: for a person to settle."""
    kind = there.get("device_type") or {}
    pairs = (
        ("serial", there.get("serial"), wanted.serial),
        ("manufacturer", (kind.get("manufacturer") or {}).get("name"), wanted.manufacturer),
        ("model", kind.get("model"), wanted.model),
    )
    for name, said, seen in pairs:
        if said and seen and str(said) != seen and not seen.endswith("of unknown model"):
            yield f"{name}: NetBox says {said}, seen {seen}"


def _holder(address: Data) -> int | None:
    """Return the id of the device that an address is assigned to."""
    key = ((address.get("assigned_object") or {}).get("device") or {}).get("id")
    return int(key) if key else None


def _batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    yield from (values[at : at + BATCH] for at in range(0, len(values), BATCH))


def pynetbox_box(url: str, token: str) -> Box:
    """Return NetBox's API behind an address; raises ScannerError, one sentence, where it does not answer as one."""
    import pynetbox
    import requests

    api = pynetbox.api(url, token=token)
    try:
        major, minor = (int(part) for part in str(api.version).split(".")[:2])
    except (requests.RequestException, pynetbox.RequestError, ValueError, TypeError) as error:
        raise ScannerError(f"{url} does not answer as NetBox does: {_reason(error)}") from error
    return _PynetboxBox(api, (major, minor))


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0][:200] or type(error).__name__


class _PynetboxBox:
    """NetBox through pynetbox: paging, tokens of both kinds, and errors that name the field."""

    def __init__(self, api: Any, version: tuple[int, int]) -> None:
        self._api = api
        self.version = version

    def _endpoint(self, path: str) -> Any:
        app, _, name = path.partition("/")
        return getattr(getattr(self._api, app), name.replace("-", "_"))

    def _asked(self, what: str, ask: Callable[[], T]) -> T:
        import pynetbox
        import requests

        try:
            return ask()
        except (requests.RequestException, pynetbox.RequestError) as error:
            raise ScannerError(f"NetBox refused {what}: {_reason(error)}") from error

    def find(self, path: str, **filters: object) -> list[Data]:
        """Return the objects that fit the filters, as plain values."""
        return self._asked(f"to list {path}", lambda: [_values(item) for item in self._listed(path, filters)])

    def _listed(self, path: str, filters: Mapping[str, object]) -> Iterable[Any]:
        endpoint = self._endpoint(path)
        found: Iterable[Any] = endpoint.filter(**filters) if filters else endpoint.all()
        return found

    def create(self, path: str, data: Data) -> Data:
        """Create an object and return it."""
        return self._asked(f"a new {path}", lambda: _values(self._endpoint(path).create(**data)))

    def update(self, path: str, key: int, data: Data) -> None:
        """Change fields of an object."""
        self._asked(f"a change of {path}", lambda: self._endpoint(path).update([{"id": key, **data}]))


def _values(item: Any) -> Data:
    """Return a record as plain values, the nested ones too."""
    plain: Data = _plain(dict(item))
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return _plain(dict(value))
