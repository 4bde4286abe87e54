"""Models: where .tflite files come from and what they say of themselves."""
