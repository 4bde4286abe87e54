"""Downloads: one file over HTTP(S), whole and checked, however bad the network is."""
