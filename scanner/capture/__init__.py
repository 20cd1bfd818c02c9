"""From a recorded capture to messages: pcap and pcapng files, compressed or not, streams of them, live taps.

The way of a packet: `source` (bytes of the file) → `pcap` or `pcapng` (packets, minus the uninteresting ones)
→ `link` → `ip` → `udp` or `tcp` → `dialog` (HTTP, RTSP, TLS, greetings) → `scanner.model.Message`.

The strategy is to look at as little as possible. Nearly everything on a surveillance network is video, so
the format readers hold a set of flows known to be boring and pass over their packets after one look at fixed
offsets; only the first packets of each flow, and flows that speak something readable, go the whole way.
"""

from scanner.capture.capture import Capture, CaptureStats, open_capture
from scanner.capture.forked import ReadBeside, beside, read_ahead

__all__ = ["Capture", "CaptureStats", "ReadBeside", "beside", "open_capture", "read_ahead"]
