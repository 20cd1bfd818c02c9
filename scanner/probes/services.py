"""Everything that is asked of one living device, one connection at a time, and nothing twice.

Ports first, then what each open one serves: RTSP where RTSP lives, a greeting where servers speak first, else
HTTP, and TLS where HTTP is not understood. A web server is asked for its front page, where that leads, its
icon; an ONVIF service for what it tells without a password, until it says that it wants one.
"""

from collections.abc import Iterable

from scanner.model import IPAddress, Target
from scanner.probes import ports as known
from scanner.probes import streams, web
from scanner.probes.follow import is_secure
from scanner.probes.onvif import anonymous_questions
from scanner.probes.wire import Wire

MAX_REDIRECTS = 3
_TELLTALES = (
    web.Question(path="/favicon.ico"),
    web.Question(path="/upnpdevicedesc.xml"),
)
_AXIS = web.Question(
    path="/axis-cgi/basicdeviceinfo.cgi",
    method="POST",
    headers=(("Content-Type", "application/json"),),
    body=b'{"apiVersion":"1.0","method":"getAllUnrestrictedProperties"}',
)
_NX = web.Question(path="/api/moduleInformation")
_VMS_PORTS = frozenset({7001})


class Host:
    """One living device: what was asked of it already."""

    def __init__(self, wire: Wire, address: IPAddress) -> None:
        self._wire = wire
        self.address = address
        self._asked: set[tuple[int, str, str]] = set()
        self._secure: dict[int, bool] = {}

    async def ask_port(self, port: int) -> None:
        """Ask one open port for all that it serves."""
        if port in known.SILENT:
            return
        if port in known.RTSP:
            await streams.ask_rtsp(self._wire, self._target("rtsp", port))
        elif port in known.GREETING:
            await streams.hear_greeting(self._wire, self._target("banner", port))
        elif await self._ask_front(port):
            await self._ask_telltales(port)

    async def follow(self, targets: Iterable[Target]) -> None:
        """Ask what answers named on this device."""
        for target in list(targets):
            self._secure.setdefault(target.port, is_secure(target))
            if target.protocol == "onvif":
                await self.ask_onvif(target.port, target.path)
            else:
                await self._ask(target.port, web.Question(path=target.path), target.reason)

    async def ask_onvif(self, port: int, path: str = "/onvif/device_service") -> None:
        """Ask an ONVIF device service what it tells anybody; stop at the first refusal."""
        for question in anonymous_questions(path):
            answers = await self._ask(port, question, "onvif")
            if not answers or any(a.status in {401, 403, 404} for a in answers):
                return

    def _target(self, protocol: str, port: int, reason: str = "service") -> Target:
        return Target(protocol=protocol, host=self.address, port=port, reason=reason)

    async def _ask_front(self, port: int) -> bool:
        """Ask for the front page, with TLS where the port wants it; tells whether anybody spoke HTTP."""
        secure = self._secure.get(port, port in web.SECURE_PORTS)
        refused_plain = False
        for attempt in (secure, not secure):
            self._secure[port] = attempt
            answers = await self._ask(port, web.Question(), "service", again=attempt is not secure)
            spoken = [a for a in answers if a.status is not None]
            if spoken and not (spoken[0].status == 400 and not attempt):
                return True
            refused_plain = refused_plain or bool(spoken)
        if refused_plain:  # 400 is how a TLS port refuses plain HTTP, but also how some devices refuse "/"
            self._secure[port] = False
            return True
        if secure:
            await streams.fetch_certificate(self._wire, self._target("tls", port))
        return False

    async def _ask_telltales(self, port: int) -> None:
        for question in _TELLTALES:
            await self._ask(port, question, "telltale")
        if port in _VMS_PORTS:
            await self._ask(port, _NX, "telltale")
        if port in {80, 443}:
            await self._ask(port, _AXIS, "telltale")
        if port in known.ONVIF:
            await self.ask_onvif(port)

    async def _ask(
        self, port: int, question: web.Question, reason: str, *, again: bool = False
    ) -> list[web.Answer]:
        key = (port, question.path, question.body.decode("latin-1"))
        if (key in self._asked and not again) or not self._wire.courtesy.may_ask(self.address):
            return []
        self._asked.add(key)
        target = Target(protocol="http", host=self.address, port=port, path=question.path, reason=reason)
        return await web.ask(self._wire, target, question, secure=self._secure.get(port, False))
