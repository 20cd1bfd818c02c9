"""Locked devices of the lab on loopback, a credentials file for them, and a wire that keeps what passes."""

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

from scanner.credentials import Ledger, read_credentials
from scanner.lab.certificates import server_context
from scanner.lab.guarded import Guarded, Lock
from scanner.lab.streams import read_request
from scanner.model import Attribute, Conclusion, Device
from scanner.probes.audit import Audit
from scanner.probes.doors import Door, Doors
from scanner.probes.pace import Courtesy, Pacer
from scanner.probes.unlocking import Unlocking
from scanner.probes.wire import Wire
from scanner.scope import Guard, scope_of
from scanner.targets import parse_targets

PASSWORD = "Gh3im/n1s&ü%"
ENTRY = """
schema = 1
[[credential]]
name = "{name}"
{selector}
username = "census"
password = {{ file = "secret" }}
{more}
"""


def sheet(folder: Path, selector='maker = "Hikvision"', more="", name="cameras", password=PASSWORD):
    """A credentials file with one entry."""
    secret, path = folder / "secret", folder / "credentials.toml"
    secret.write_text(password + "\n")
    secret.chmod(0o600)
    path.write_text(ENTRY.format(name=name, selector=selector, more=more))
    path.chmod(0o600)
    return read_credentials(path)


def device(host="127.0.0.1", maker="Hikvision", kind="camera", mac=None, serial="", contested=False):
    """A device as a scan would have concluded it."""
    found = {Attribute.MAKER: Conclusion(value=maker, confidence=0.9, contested=contested)} if maker else {}
    if serial:
        found[Attribute.SERIAL] = Conclusion(value=serial, confidence=0.9)
    macs = (mac,) if mac else ()
    return Device(id=host, kind=kind, addresses=(ip_address(host),), macs=macs, conclusions=found)


class Kit:
    """One wire to loopback, and what came of it."""

    def __init__(self, **courtesy):
        self.messages, self.attempts = [], []
        self.wire = Wire(
            guard=Guard(scope_of(parse_targets(["127.0.0.0/8"]))),
            pacer=Pacer(100_000.0, clock=time.monotonic),
            courtesy=Courtesy(**courtesy),
            audit=Audit(),
            sink=self.messages.append,
            attempts=self.attempts.append,
        )


@asynccontextmanager
async def serving(guarded: Guarded, host="127.0.0.1", port=0, secure=False):
    """Serve a locked device, also over TLS; gives its port."""
    tasks = set()

    async def talk(reader, writer):
        tasks.add(asyncio.current_task())
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = read_request(head).header("Content-Length")
                body = await reader.readexactly(int(length)) if length.isdigit() else b""
                told = guarded.reply(read_request(head, body))
                if guarded.lock.slow_s:
                    await asyncio.sleep(guarded.lock.slow_s)
                writer.write(told or b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
                if b"Connection: close" in (told or b"").partition(b"\r\n\r\n")[0]:
                    break
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    context = server_context(b"") if secure else None
    server = await asyncio.start_server(talk, host, port, backlog=512, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class FixedDoors(Doors):
    """Doors that are known beforehand."""

    def __init__(self, port, path="/onvif/device_service", web=True, secure=False):
        super().__init__()
        self.door, self.has_web = Door(port=port, path=path, secure=secure), web

    def onvif(self, host):
        return self.door

    def web(self, host):
        return replace(self.door, path="/") if self.has_web else None


def visit(
    lock: Lock,
    credentials,
    who=None,
    ledger=None,
    memories=(),
    recorded=None,
    timeout_s=20.0,
    place=None,
    secure=False,
):
    """Visit one locked device with a credentials file; returns the device, the kit and the visits."""
    who = who or device()

    async def run():
        kit = Kit()
        guarded = Guarded(lock, "127.0.0.1", recorded)
        async with serving(guarded, secure=secure) as port:
            doors = FixedDoors(port, secure=secure)
            unlocking = Unlocking(
                sheet=credentials, ledger=ledger or Ledger(), memories=memories, doors=doors
            )
            if place:
                unlocking.place = place
            await unlocking.run([who], kit.wire, lambda _: True, timeout_s)
        return guarded, kit, unlocking.visits

    return asyncio.run(run())
