"""TCP ports that cameras, recorders and their servers use, in the order in which they tell most, by profile."""

LIVENESS = {
    "quick": (80, 554),
    "standard": (80, 554, 443),
    "deep": (80, 554, 443, 8000, 37777, 34567, 8080, 22),
}
"""Asked of every address beyond the link; any answer, also a refusal, means that somebody lives there.

Each further port is a further try as well: of three packets one gets through.
"""

_QUICK = (80, 554, 443, 8000, 37777, 34567, 8080)
_STANDARD = (
    *_QUICK,
    8899,  # Xiongmai ONVIF
    2020,  # TP-Link ONVIF
    8443,
    8554,
    81,
    88,  # Foscam HD
    8081,
    8088,
    8888,
    8999,
    5000,
    7001,  # Nx Witness, DW Spectrum, Wisenet WAVE
    6036,  # TVT
    9000,  # Reolink
    1756,  # Bosch RCP+
    4100,  # Verkada
    10080,  # VStarcam
    8800,  # TP-Link media
    85,
    82,
)
_DEEP = (
    *_STANDARD,
    21,
    22,
    23,
    8200,
    9010,
    4550,
    5550,
    38880,
    7080,
    7443,
    7447,
    5001,
    1935,
    5500,
    10554,
    49152,
    49153,
    9080,
    8090,
    8082,
    8083,
    8085,
    60000,
)
PORTS = {"quick": _QUICK, "standard": _STANDARD, "deep": _DEEP}

RTSP = frozenset({554, 8554, 10554, 7447})
GREETING = frozenset({21, 22, 23})
SILENT = frozenset({37777, 34567, 6036, 9000, 1756, 5500, 4550, 5550, 9010})
"""Vendors' own control ports: that they are open is the hint; nothing is said there."""
ONVIF = frozenset({80, 8080, 8000, 8899, 2020, 8999, 5000, 8081, 8088, 88, 85, 10080})
