"""The only sockets: questions go out, what comes back becomes messages. Everything passes the scope guard.

`wire` opens sockets and asks the guard, `pace` keeps the whole run within its packet budget and every device
within its own, `interfaces` says where we stand, the rest ask: `udp` datagrams, `tcp` liveness, `web`, `rtsp`,
`certificates`. `plan` says beforehand what will be sent, `scan` does it.
"""
