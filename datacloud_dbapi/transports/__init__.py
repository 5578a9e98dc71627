"""The ways to ask a query, a file each. A transport is flows only: it asks for pages and knows no network.

`base` says what each has in common, `bodies` reads the answers' shapes. Wire spellings stop here.
"""
