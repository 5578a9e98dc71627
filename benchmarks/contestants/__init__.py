"""Who takes part: each a process of its own, in its own environment, that takes turns over standard input.

`v1` and `v2` run where only the official connector is installed: what they import of ours is the standard library's.
"""
