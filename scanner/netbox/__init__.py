"""Surveillance devices into NetBox: `wanted` says which objects a report makes, `sync` makes what is missing."""

from scanner.netbox.sync import Action, Box, Sync, pynetbox_box
from scanner.netbox.wanted import WantedDevice, wanted_devices

__all__ = ["Action", "Box", "Sync", "WantedDevice", "pynetbox_box", "wanted_devices"]
