"""The two programs called benchmark_model: finding one, bringing it to a device, knowing it."""
