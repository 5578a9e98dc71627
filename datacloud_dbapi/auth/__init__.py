"""Logging in. All of it flows, no network in sight.

`grants` are the ways in, `exchange` is the step to the tenant's token, `hosts` says where a token may go, and `tokens`
keeps the one in use. Source: wire spec, auth.
"""
