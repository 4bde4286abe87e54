"""Android devices over adb: through the local adb server, or directly by TCP or USB.

What is assumed about Android 7 to 16, and what of it is tested, is written in docs/adb.md.
"""
