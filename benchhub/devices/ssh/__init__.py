"""Devices reached over SSH. Importing this package loads nothing heavy."""
