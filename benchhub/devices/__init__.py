"""Devices: the inventory, and transports that run commands and move files there."""
