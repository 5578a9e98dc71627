"""Flows: conversations with a service written once, for the blocking and the asyncio door alike.

A flow is a generator that yields what it needs (`effects`) and is sent the answer. What may be repeated is decided in
`retry`; `sync` is the loop that answers a flow by blocking. Source: the project's style, "Flows".
"""
