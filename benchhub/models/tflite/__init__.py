"""What a .tflite file says of itself: graph, work, parameters, metadata. Reads hostile files."""
