"""What makers' own interfaces tell the owner of a recorder: who it is, and which cameras are behind it.

Read-only questions that the makers document: Hikvision's ISAPI, Dahua's HTTP API, Uniview's LAPI. Which one is
asked follows from who made the device, not from its label.
"""

from scanner.probes.login import Login, Question
from scanner.probes.session import Session

MAKERS = {"Hikvision": "isapi", "Dahua": "dahua", "Uniview": "lapi"}
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
}
"""For each interface what is asked, in order; what a device has not, it answers with an error."""


async def ask_interface(session: Session, login: Login, name: str) -> None:
    """Ask one maker's interface all of it, until the credential is refused."""
    for path in PATHS[name]:
        if login.over:
            return
        await login.ask(session, Question(path=path))
