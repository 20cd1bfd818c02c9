"""A small NetBox on loopback: keeps objects, and refuses what NetBox 4.6 refuses of those that we write.

Made of facts of NetBox's own API schema and models (4.6.8): which fields there are, which are required, how long they
may be, which values they take, what must be unique, how objects are nested in answers, how lists are paged.
"""

import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKEN = "0123456789abcdef0123456789abcdef01234567"
NAME, SLUG, COLOR = (str, 100, r".+"), (str, 100, r"[-a-zA-Z0-9_]+"), (str, 6, r"[0-9a-f]{6}")
TEXT, FREE, TAGS = (str, 200, r".*"), (str, 1 << 20, r"(?s).*"), (list, 99, None)
LIMIT = 50
"""Objects on one page, as NetBox pages by default."""


def chosen(*values):
    return (str, 50, "|".join(values))


def key(path):
    return (int, 0, path)


ASSIGNED = {"assigned_object_type": chosen(r"dcim\.interface"), "assigned_object_id": key("dcim/interfaces")}
FIELDS = {
    "extras/tags": {"name!": NAME, "slug!": SLUG, "color": COLOR, "description": TEXT},
    "dcim/manufacturers": {"name!": NAME, "slug!": SLUG, "description": TEXT},
    "dcim/sites": {"name!": NAME, "slug!": SLUG, "status": chosen("planned", "staging", "active", "retired")},
    "dcim/device-roles": {"name!": NAME, "slug!": SLUG, "color": COLOR, "description": TEXT},
    "dcim/device-types": {"manufacturer!": key("dcim/manufacturers"), "model!": NAME, "slug!": SLUG},
    "dcim/devices": {
        "name": (str, 64, r".+"),
        "device_type!": key("dcim/device-types"),
        "role!": key("dcim/device-roles"),
        "site!": key("dcim/sites"),
        "status": chosen("offline", "active", "planned", "staged", "failed", "inventory", "decommissioning"),
        "serial": (str, 50, r".*"),
        "asset_tag": (str, 50, r".+"),
        "description": TEXT,
        "comments": FREE,
        "tags": TAGS,
        "primary_ip4": key("ipam/ip-addresses"),
        "primary_ip6": key("ipam/ip-addresses"),
    },
    "dcim/interfaces": {
        "device!": key("dcim/devices"),
        "name!": (str, 64, r".+"),
        "type!": chosen("other", "virtual", "100base-tx", "1000base-t"),
        "primary_mac_address": key("dcim/mac-addresses"),
    },
    "dcim/mac-addresses": {"mac_address!": (str, 17, r"(?i)([0-9a-f]{2}:){5}[0-9a-f]{2}"), **ASSIGNED},
    "ipam/ip-addresses": {
        "address!": (str, 49, r"[0-9a-fA-F.:]+/\d{1,3}"),
        "status": chosen("active", "reserved", "deprecated", "dhcp", "slaac"),
        **ASSIGNED,
    },
    "ipam/prefixes": {"prefix!": (str, 49, r"[0-9a-fA-F.:]+/\d{1,3}")},
}
UNIQUE = {
    **dict.fromkeys(("extras/tags", "dcim/manufacturers", "dcim/sites"), (("name",), ("slug",))),
    "dcim/device-roles": (("name",), ("slug",)),
    "dcim/device-types": (("manufacturer", "model"), ("manufacturer", "slug")),
    "dcim/devices": (("name", "site"), ("asset_tag",)),
    "dcim/interfaces": (("device", "name"),),
}
NESTED = {
    "dcim/devices": ("device_type", "role", "site", "primary_ip4", "primary_ip6"),
    "dcim/device-types": ("manufacturer",),
    "dcim/interfaces": ("device", "primary_mac_address"),
}


class RefusedError(Exception):
    """What NetBox answers with 400: the faults by field."""


class Store:
    """The objects by path; every write is checked first."""

    def __init__(self, *, own_macs=True):
        self.objects = {path: {} for path in FIELDS}
        self.fields = {path: dict(fields) for path, fields in FIELDS.items()}
        self.writes = 0
        if not own_macs:
            self.fields.pop("dcim/mac-addresses")
            self.fields["dcim/interfaces"] |= {"mac_address": (str, 17, r".+")}

    def check(self, path, data, *, whole):
        fields = {name.rstrip("!"): (name.endswith("!"), *rule) for name, rule in self.fields[path].items()}
        faults = {name: "unknown field" for name in data if name not in fields}
        for name, (required, kind, longest, rule) in fields.items():
            if name not in data:
                if required and whole:
                    faults[name] = "This field is required."
                continue
            value = data[name]
            if kind is int:
                if not isinstance(value, int) or value not in self.objects[rule]:
                    faults[name] = f"Related object not found: {value}"
            elif kind is list:
                known = {tag["slug"] for tag in self.objects["extras/tags"].values()}
                if not all(set(tag) == {"name", "slug"} and tag["slug"] in known for tag in value):
                    faults[name] = "no such tag"
            elif not isinstance(value, str) or len(value) > longest or not re.fullmatch(rule, value):
                faults[name] = f"not valid: {value!r}"
            elif "\0" in value:
                faults[name] = "Null characters are not allowed."
        if faults:
            raise RefusedError(json.dumps(faults))

    def check_unique(self, path, data, own=None):
        for names in UNIQUE.get(path, ()):
            values = [data.get(name) for name in names]
            for identifier, other in self.objects[path].items():
                if identifier != own and all(values) and [other.get(name) for name in names] == values:
                    raise RefusedError(json.dumps({"__all__": f"{names} must be unique"}))
        for family in ("4", "6"):
            address = self.objects["ipam/ip-addresses"].get(data.get(f"primary_ip{family}"))
            if address and self.device_of(address) != own:
                raise RefusedError(json.dumps({f"primary_ip{family}": "is not assigned to this device"}))

    def device_of(self, address):
        interface = self.objects["dcim/interfaces"].get(address.get("assigned_object_id"))
        return interface and interface["device"]

    def create(self, path, data):
        self.check(path, data, whole=True)
        self.check_unique(path, data)
        identifier = len(self.objects[path]) + 1
        self.objects[path][identifier] = {"id": identifier, **data}
        self.writes += 1
        return self.shown(path, identifier)

    def update(self, path, identifier, data):
        self.check(path, data, whole=False)
        self.check_unique(path, {**self.objects[path][identifier], **data}, identifier)
        self.objects[path][identifier] |= data
        self.writes += 1
        return self.shown(path, identifier)

    def shown(self, path, identifier, *, deep=True):
        found = dict(self.objects[path][identifier])
        for name in NESTED.get(path, ()):
            target = self.fields[path].get(f"{name}!") or self.fields[path][name]
            found[name] = self.shown(target[2], found[name], deep=deep) if found.get(name) else None
        if "assigned_object_id" in found and deep:
            held = found["assigned_object_id"]
            found["assigned_object"] = self.shown("dcim/interfaces", held, deep=False) if held else None
        return {"display": str(found.get("name") or found.get("model") or identifier), "tags": [], **found}

    def list(self, path, query):
        found = list(self.objects[path])
        for name, wanted in query.items():
            if name in {"limit", "offset", "brief", "ordering"}:
                continue
            found = [key for key in found if self.fits(path, key, name, wanted)]
        return found

    def fits(self, path, identifier, name, wanted):
        item = self.objects[path][identifier]
        if name == "contains":
            from ipaddress import ip_address, ip_network

            return any(ip_address(text) in ip_network(item["prefix"]) for text in wanted)
        value = str(item.get(name.removesuffix("_id") if name != "assigned_object_id" else name, ""))
        if name == "address":
            return any(text.partition("/")[0] == value.partition("/")[0] for text in wanted)
        return value.casefold() in {text.casefold() for text in wanted}


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("API-Version", self.server.version)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def asked(self):
        parts = urlsplit(self.path)
        path = parts.path.removeprefix("/api/").strip("/")
        if path and self.headers.get("Authorization") != f"Token {TOKEN}":
            self.answer(403, {"detail": "Invalid token"})
            return None, None
        if path and path not in self.server.store.fields:
            self.answer(404, {"detail": "Not found."})
            return None, None
        return path, parse_qs(parts.query, keep_blank_values=True)

    def do_GET(self):
        path, query = self.asked()
        store = self.server.store
        if path == "":
            self.answer(200, {})
        elif path:
            found = store.list(path, query)
            self.server.asked.append((path, query))
            at = int(query.get("offset", ["0"])[0])
            most = int(query.get("limit", [str(LIMIT)])[0]) or LIMIT
            more = f"{self.server.url}/api/{path}/?offset={at + most}" if at + most < len(found) else None
            shown = [store.shown(path, key) for key in found[at : at + most]]
            self.answer(200, {"count": len(found), "next": more, "previous": None, "results": shown})

    def body(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def do_POST(self):
        path, _ = self.asked()
        if path:
            self.written(201, lambda: self.server.store.create(path, self.body()))

    def do_PATCH(self):
        path, _ = self.asked()
        if path:
            changes = self.body()
            store = self.server.store
            self.written(200, lambda: [store.update(path, item.pop("id"), item) for item in changes])

    def written(self, status, write):
        try:
            self.answer(status, write())
        except RefusedError as refused:
            self.answer(400, json.loads(str(refused)))


@contextmanager
def netbox(version="4.6", **options):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.store, server.version, server.asked = Store(**options), version, []
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
