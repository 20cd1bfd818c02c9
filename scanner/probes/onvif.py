"""ONVIF questions that need no password, as small SOAP templates: faster than a WSDL client, and odd cameras cope.

The core specification puts the first five in the access class PRE_AUTH; device information and scopes are
answered by many devices all the same, and one that refuses is not asked further. Nothing carries credentials.
"""

from collections.abc import Iterator

from scanner.probes.web import Question

NAMESPACE = "http://www.onvif.org/ver10/device/wsdl"
CALLS = (
    "<GetSystemDateAndTime/>",
    "<GetCapabilities><Category>All</Category></GetCapabilities>",
    "<GetServices><IncludeCapability>false</IncludeCapability></GetServices>",
    "<GetHostname/>",
    "<GetDeviceInformation/>",
    "<GetScopes/>",
    "<GetNetworkInterfaces/>",
)


def anonymous_questions(path: str) -> Iterator[Question]:
    """Give the questions in the order in which devices answer them most willingly."""
    for call in CALLS:
        name = call[1:].partition(">")[0].rstrip("/")
        yield Question(
            path=path,
            method="POST",
            headers=(("Content-Type", f'application/soap+xml; charset=utf-8; action="{NAMESPACE}/{name}"'),),
            body=soap(call),
        )


def soap(call: str) -> bytes:
    """Return a SOAP 1.2 envelope around one call of the device service."""
    inner = (
        call.replace(">", f' xmlns="{NAMESPACE}">', 1)
        if not call.endswith("/>") or call.count("<") > 1
        else (call[:-2] + f' xmlns="{NAMESPACE}"/>')
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>'
        + inner
        + "</s:Body></s:Envelope>"
    ).encode()
