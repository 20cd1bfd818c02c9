"""nmap's XML, so that whatever reads `nmap -oX` reads this too: hosts, MACs with their registrant, ports, services.

Only what was seen is in it: a port is open because a device spoke from it, and nothing says that another is closed.
What the evidence quotes of pages and servers stands where nmap's scripts put it, and `camcensus import` reads it back.
nmap's DTD demands the scanner's name to be "nmap"; `args` says who really wrote it. Source: nmap.dtd of nmap 7.93.
"""

from collections.abc import Iterator
from typing import Any

from scanner.model import Attribute, Device, Evidence, Report
from scanner.protocols import by_name
from scanner.reports.form import Format, View
from scanner.reports.phrases import plain
from scanner.reports.rows import Row, moment_of, rows, said
from scanner.vendors.mac import describe_mac

FORM = "1.05"
"""The version of nmap's output that this follows."""
_SERVICES = {"tls": "ssl", "wsdiscovery": "ws-discovery", "ssdp": "upnp", "netbios": "netbios-ns"}
"""nmap's names for services, where they are not ours."""
_SCRIPTS = {"http.title": "http-title", "http.server": "http-server-header", "rtsp.public": "rtsp-methods"}
_TYPES = {
    "camera": "webcam",
    "recorder": "media device",
    "printer": "printer",
    "router": "router",
    "nas": "storage-misc",
}
"""nmap's words for types of devices."""
MAX_PORTS = 200

Port = tuple[str, int]


def _render(report: Report, _view: View) -> str:
    from lxml import etree

    when = str(int(moment_of(report).timestamp()))
    version = plain(str(report.tool.get("version", "")))
    root = etree.Element(
        "nmaprun",
        scanner="nmap",
        args=f"camcensus {version} {plain(str(report.run.get('mode', '')), 40)}".strip(),
        start=when,
        version=version,
        xmloutputversion=FORM,
    )
    etree.SubElement(root, "verbose", level="0")
    etree.SubElement(root, "debugging", level="0")
    found = [row for row in rows(report) if row.device.addresses or row.device.macs]
    for row in found:
        _host(root, row, when)
    stats = etree.SubElement(root, "runstats")
    etree.SubElement(stats, "finished", time=when, elapsed=f"{_elapsed_s(report):.2f}", exit="success")
    etree.SubElement(stats, "hosts", up=str(len(found)), down="0", total=str(len(found)))
    text: str = etree.tostring(root, encoding="unicode", pretty_print=True)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE nmaprun>\n{text}'


def _elapsed_s(report: Report) -> float:
    coverage = report.coverage
    if coverage.reach:
        return coverage.reach.seconds
    return (coverage.last - coverage.first).total_seconds() if coverage.first and coverage.last else 0.0


def _host(root: Any, row: Row, when: str) -> None:
    from lxml import etree

    device = row.device
    host = etree.SubElement(root, "host", starttime=when, endtime=when)
    etree.SubElement(host, "status", state="up", reason="user-set", reason_ttl="0")
    for address in device.addresses:
        etree.SubElement(host, "address", addr=str(address), addrtype=f"ipv{address.version}")
    for mac in device.macs:
        registrant = plain(describe_mac(mac).registrant or "")
        vendor = {"vendor": registrant} if registrant else {}
        etree.SubElement(host, "address", addr=mac.upper(), addrtype="mac", **vendor)
    etree.SubElement(host, "hostnames")
    spoken = _spoken(device)
    if spoken:
        ports = etree.SubElement(host, "ports")
        for port in sorted(spoken)[:MAX_PORTS]:
            _port(ports, device, port, spoken[port])
    told = list(_told(row))
    script = etree.SubElement(host, "hostscript")
    script = etree.SubElement(
        script, "script", id="camcensus", output="\n".join(f"{k}: {v}" for k, v in told)
    )
    for key, value in told:
        etree.SubElement(script, "elem", key=key).text = value


def _spoken(device: Device) -> dict[Port, list[Evidence]]:
    """Return the evidence of each port that a device spoke from as a server."""
    found: dict[Port, list[Evidence]] = {}
    for item in device.evidence:
        message = item.observation.message
        number, protocol = message.source.port, by_name.get(message.protocol)
        if number is None or protocol is None or ".client." in item.fact[0]:
            continue
        if number in protocol.udp_ports:
            found.setdefault(("udp", number), []).append(item)
        elif protocol.tcp:
            found.setdefault(("tcp", number), []).append(item)
    return found


def _port(ports: Any, device: Device, at: Port, items: list[Evidence]) -> None:
    from lxml import etree

    transport, number = at
    port = etree.SubElement(ports, "port", protocol=transport, portid=str(number))
    etree.SubElement(port, "state", state="open", reason="response", reason_ttl="0")
    protocols = sorted({item.observation.message.protocol for item in items})
    words = {
        "product": " ".join(filter(None, (said(device, Attribute.BRAND), said(device, Attribute.MODEL)))),
        "version": said(device, Attribute.FIRMWARE),
        "devicetype": _TYPES.get(device.what or device.kind, ""),
    }
    etree.SubElement(
        port,
        "service",
        name=_SERVICES.get(protocols[0], protocols[0]),
        **{key: word for key, word in words.items() if word},
        method="probed",
        conf="10",
    )
    quoted = sorted({item.fact for item in items if item.fact[0] in _SCRIPTS and plain(item.fact[1])})
    for key, value in quoted:
        script = etree.SubElement(port, "script", id=_SCRIPTS[key], output=plain(value))
        if key == "http.title":
            etree.SubElement(script, "elem", key="title").text = plain(value)
        elif key == "http.server":
            etree.SubElement(script, "elem").text = plain(value)


def _told(row: Row) -> Iterator[tuple[str, str]]:
    device = row.device
    yield "kind", plain(device.what or device.kind) or "unknown"
    for attribute in (
        Attribute.BRAND,
        Attribute.MAKER,
        Attribute.MODEL,
        Attribute.FIRMWARE,
        Attribute.SERIAL,
    ):
        if text := said(device, attribute):
            yield attribute.value, text
    for finding in sorted(row.findings, key=lambda found: found.list):
        yield plain(finding.list), finding.verdict.value


FORMAT = Format(
    name="nmap", title="nmap-shaped XML for whatever reads `nmap -oX`", suffix=".nmap.xml", render=_render
)
