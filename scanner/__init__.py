"""camcensus: a census of the surveillance devices on a network, and of who really made them."""

__version__ = "0.1.0"
