"""What makers' own interfaces tell the owner of a device: who it is, and which cameras are behind a recorder.

Read-only questions that the makers document, or that several public clients ask: Hikvision's ISAPI, Dahua's HTTP API,
Uniview's LAPI, Axis's VAPIX, Hanwha's SUNAPI. Which one is asked follows from who made the device, not from its label.
"""

from scanner.probes.login import Login, Question
from scanner.probes.session import Session

_JSON = (("Content-Type", "application/json"),)
_ACCEPT = (("Accept", "application/json"),)
_ALL_PROPERTIES = b'{"apiVersion":"1.0","method":"getAllProperties"}'
"""A method that reads; it is posted because VAPIX has no other way (Basic device information API)."""
MAKERS = {
    "Hikvision": "isapi",
    "Dahua": "dahua",
    "Uniview": "lapi",
    "Axis": "vapix",
    "Hanwha Vision": "sunapi",
}
"""Which interface the devices of a maker have."""
PATHS = {
    "isapi": (
        "/ISAPI/System/deviceInfo",
        "/ISAPI/ContentMgmt/InputProxy/channels",
        "/ISAPI/System/Video/inputs/channels",
        "/ISAPI/Smart/capabilities",
    ),
    "dahua": (
        "/cgi-bin/magicBox.cgi?action=getSystemInfo",
        "/cgi-bin/magicBox.cgi?action=getSoftwareVersion",
        "/cgi-bin/configManager.cgi?action=getConfig&name=RemoteDevice",
    ),
    "lapi": (
        "/LAPI/V1.0/System/DeviceInfo",
        "/LAPI/V1.0/Channels/System/ChannelDetailInfos",
        "/LAPI/V1.0/Channels/System/DeviceInfos",
    ),
    "vapix": (
        "/axis-cgi/basicdeviceinfo.cgi",  # since AXIS OS 8.40; what is older has the groups of param.cgi
        "/axis-cgi/param.cgi?action=list&group=root.Brand",
        "/axis-cgi/param.cgi?action=list&group=root.Properties",
    ),
    "sunapi": (
        "/stw-cgi/system.cgi?msubmenu=deviceinfo&action=view",
        "/stw-cgi/media.cgi?msubmenu=cameraregister&action=view",  # recorders: one public client, Hanwha's own
    ),
}
"""For each interface what is asked, in order; what a device has not, it answers with an error."""


async def ask_interface(session: Session, login: Login, name: str) -> None:
    """Ask one maker's interface all of it, until the credential is refused."""
    for path in PATHS[name]:
        if login.over:
            return
        await login.ask(session, question(path))


def question(path: str) -> Question:
    """Return the request for a path: JSON is asked for where there is a choice, and posted where that is the way."""
    if path.startswith("/axis-cgi/basicdeviceinfo"):
        return Question(path=path, method="POST", headers=_JSON, body=_ALL_PROPERTIES)
    return Question(path=path, headers=_ACCEPT if path.startswith("/stw-cgi/") else ())
