"""Every command of the documentation is run, as a reader would type it."""
