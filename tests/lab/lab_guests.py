"""Servers that nobody here wrote, each a guest on the lab's wire with a configuration of ours; found by a real scan."""

import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

from lab_scenarios import NEAR, identity, say, scanned

from scanner.coverage import coverage_of, reach_of
from scanner.lab import Guest, build
from scanner.lab.building import Building

SYSTEM_PYTHON = "/usr/bin/python3"
MODULES = "/usr/lib/nginx/modules/ngx_http_headers_more_filter_module.so"
RTSP_TYPELIBS = ("GstRtspServer", "Gst")
UP_S = 6.0

AVAHI = """[server]
host-name=axis-accc8e000042
allow-interfaces=eth0
enable-dbus=no
use-ipv6=no
"""
AXIS_SERVICES = """<service-group><name>AXIS M5014 - ACCC8E000042</name>
<service><type>_axis-video._tcp</type><port>80</port><txt-record>macaddress=ACCC8E000042</txt-record></service>
<service><type>_rtsp._tcp</type><port>554</port></service></service-group>
"""
WS_DISCOVERY = """
import time
from wsdiscovery import QName, Scope
from wsdiscovery.publishing import ThreadedWSPublishing
publisher = ThreadedWSPublishing()
publisher.start()
publisher.publishService(
    types=[
        QName("http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter", "dn"),
        QName("http://www.onvif.org/ver10/device/wsdl", "Device", "tds"),
    ],
    scopes=[
        Scope("onvif://www.onvif.org/" + path)
        for path in ("Profile/Streaming", "hardware/M2036-LE", "name/AXIS%20M2036-LE", "location/")
    ],
    xAddrs=["http://192.0.2.202/onvif/device_service"],
)
time.sleep(3600)
"""
MINIDLNA = """network_interface=eth0
port=8200
friendly_name=Holiday films
media_dir={folder}/media
db_dir={folder}/db
log_dir={folder}
inotify=no
"""
SNMPD = """agentaddress udp:161
sysdescr Linux printer-room 6.1.0
engineIDType 3
engineIDNic eth0
"""
NGINX = """load_module {modules};
daemon off;
worker_processes 1;
user root;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder};
    proxy_temp_path {folder};
    fastcgi_temp_path {folder};
    uwsgi_temp_path {folder};
    scgi_temp_path {folder};
    more_set_headers "Server: App-webs/";
    server {{
        listen 80;
        listen 443 ssl;
        ssl_certificate {folder}/certificate.pem;
        ssl_certificate_key {folder}/key.pem;
        location / {{ return 302 /doc/page/login.asp; }}
        location /doc/page/login.asp {{ default_type text/html; return 200 "<html><title>login</title></html>"; }}
    }}
}}
"""
RTSP = """
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_service("554")
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch("( videotestsrc ! jpegenc ! rtpjpegpay name=pay0 )")
server.get_mount_points().add_factory("/", factory)
server.attach(None)
GLib.MainLoop().run()
"""


def _avahi(folder: Path) -> str:
    (folder / "services").mkdir()
    (folder / "services" / "camera.service").write_text(AXIS_SERVICES)
    (folder / "avahi.conf").write_text(AVAHI)
    return (
        f"mount --bind {folder}/services /etc/avahi/services && mount -t tmpfs none /run && "
        f"exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f {folder}/avahi.conf"
    )


def _wsdiscovery(folder: Path) -> str:
    (folder / "publish.py").write_text(WS_DISCOVERY)
    return f"exec {sys.executable} {folder}/publish.py"


def _wsdd(_folder: Path) -> str:
    return "exec wsdd -4 -i eth0 -n RECEPTION -w OFFICE"


def _minidlna(folder: Path) -> str:
    for name in ("media", "db"):
        (folder / name).mkdir()
    (folder / "minidlna.conf").write_text(MINIDLNA.format(folder=folder))
    return f"exec minidlnad -S -f {folder}/minidlna.conf -P {folder}/minidlna.pid"


def _snmpd(folder: Path) -> str:
    (folder / "snmpd.conf").write_text(SNMPD)
    return f"SNMP_PERSISTENT_DIR={folder} exec snmpd -f -Le -C -c {folder}/snmpd.conf"


def _nginx(folder: Path) -> str:
    _certificate(folder)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, modules=MODULES))
    return f"exec nginx -c {folder}/nginx.conf -e stderr"


def _rtsp(folder: Path) -> str:
    (folder / "rtsp.py").write_text(RTSP)
    return f"GST_REGISTRY={folder}/registry exec {SYSTEM_PYTHON} {folder}/rtsp.py"


SERVERS = {
    "avahi": (_avahi, "192.0.2.201", "ac:cc:8e:00:00:42"),
    "wsdiscovery": (_wsdiscovery, "192.0.2.202", "b8:a4:4f:00:00:43"),
    "wsdd": (_wsdd, "192.0.2.203", "02:00:00:00:05:03"),
    "minidlna": (_minidlna, "192.0.2.204", "02:00:00:00:05:04"),
    "snmpd": (_snmpd, "192.0.2.205", "02:00:00:00:05:05"),
    "nginx": (_nginx, "192.0.2.206", "02:00:00:00:05:06"),
    "gstreamer": (_rtsp, "192.0.2.207", "02:00:00:00:05:07"),
}
PACKAGES = {
    "avahi": ("avahi-daemon",),
    "wsdd": ("wsdd",),
    "minidlna": ("minidlna",),
    "snmpd": ("snmpd",),
    "nginx": ("nginx-light", "libnginx-mod-http-headers-more-filter"),
    "gstreamer": ("python3-gi", "gir1.2-gst-rtsp-server-1.0", "gstreamer1.0-plugins-good"),
}
"""The Debian packages that each is of; WSDiscovery is a Python package and comes with the development tools."""
_PROGRAMS = {
    "avahi": "avahi-daemon",
    "wsdd": "wsdd",
    "minidlna": "minidlnad",
    "snmpd": "snmpd",
    "nginx": "nginx",
}


def missing() -> list[str]:
    """The packages that this machine lacks for the servers."""
    lacking = {name for name, program in _PROGRAMS.items() if shutil.which(program, path=_PATH) is None}
    if not Path(MODULES).exists():
        lacking.add("nginx")
    check = "import gi; [gi.require_version(n, '1.0') for n in " + repr(RTSP_TYPELIBS) + "]"
    if subprocess.run([SYSTEM_PYTHON, "-c", check], capture_output=True, check=False).returncode:
        lacking.add("gstreamer")
    return sorted(package for name in lacking for package in PACKAGES[name])


_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def everybody() -> None:
    """All of them on one wire."""
    with tempfile.TemporaryDirectory() as top:
        guests = tuple(_guest(name, Path(top)) for name in SERVERS)
        with build(Building(devices=(), guests=guests)):
            _wait()
            scan, devices, seconds = scanned(NEAR, timing="fast")
        ended = datetime.now(UTC)
        told = coverage_of(scan.findings.reading, devices, (), 0, (), reach_of(scan, devices, ended))
        found = {
            name: [identity(d) for d in devices if IPv4Address(address) in d.addresses]
            for name, (_, address, _) in SERVERS.items()
        }
        say(
            {
                "found": found,
                "said": {name: told.said.get(address, ()) for name, (_, address, _) in SERVERS.items()},
                "alive": [str(host) for host in told.reach.alive],
                "forbidden": sorted({host for host, _, _ in scan.findings.forbidden}),
                "messages": dict(scan.findings.reading.messages),
                "seconds": seconds,
                "logs": {
                    g.name: (g.folder / f"{g.name}.log").read_text(errors="replace")[-600:] for g in guests
                },
            }
        )


def _guest(name: str, top: Path) -> Guest:
    folder = top / name
    folder.mkdir()
    folder.chmod(0o755)
    program, address, mac = SERVERS[name]
    line = f"PATH={_PATH}; {program(folder)}"
    return Guest(name=name, mac=mac, address=IPv4Address(address), programs=(line,), folder=folder)


def _certificate(folder: Path) -> None:
    """Make a certificate as a camera has it: signed by itself, with its maker's name."""
    subject = "/C=CN/ST=ZJ/L=HZ/O=HIKVISION/OU=EMBEDDED/CN=www.hikvision.com"
    subprocess.run(
        (
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", subject),
            *("-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")),
        ),
        check=True,
        capture_output=True,
    )


def _wait() -> None:
    """Wait until all that speak TCP do, and a moment for those that do not."""
    import socket
    import time

    waiting = {("192.0.2.203", 5357), ("192.0.2.204", 8200), ("192.0.2.206", 443), ("192.0.2.207", 554)}
    until = time.monotonic() + UP_S
    while waiting and time.monotonic() < until:
        for where in tuple(waiting):
            try:
                socket.create_connection(where, timeout=0.5).close()
                waiting.discard(where)
            except OSError:
                time.sleep(0.1)
    time.sleep(1.5)
