"""The official prebuilt programs: what exists, getting it, and what of it is in the workspace.

`catalogue` says what is offered, `fetch` gets it, `cache` knows what is there. Nothing here is
loaded until somebody asks for one of these modules.
"""
