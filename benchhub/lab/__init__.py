"""Many hosts: devices on other machines, over dask.distributed with TLS."""
