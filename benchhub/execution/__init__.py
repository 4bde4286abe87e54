"""Execution: runs a plan on devices, in order, with time limits, and keeps everything."""
