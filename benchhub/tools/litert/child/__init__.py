"""The program that measures: one process, one model, one configuration.

Standard library only and relative imports, so that the folder can be zipped and run on a board that
has nothing but Python and the ai-edge-litert wheel.
"""
