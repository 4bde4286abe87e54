"""What runs in processes of its own: the user's code, TensorFlow, ai-edge-quantizer, interpreters.

Nothing of benchhub imports this package, and it imports nothing of the rest. A job is a folder with
`request.json`; it ends with `result.json` there. A crash of a converter ends this process only.
"""
