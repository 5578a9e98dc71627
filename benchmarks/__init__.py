"""Speed and memory as ratios of alternatives, measured in one run with `make bench`; no test asserts a duration.

How it works: a server has every answer ready as bytes, contestants read them turn by turn, and the ratios of each
round become a line of the table.

| file | what is in it |
|---|---|
| `pages.py` | the rows, and the answers in which every API spells them |
| `canned.py` | the server that hands these out over TLS, in a process of its own |
| `engine.py` | a real hyperd with the same rows |
| `contestants/` | who reads: this project, the two official connectors, floors; each a process |
| `measure.py` | turns and rounds |
| `comparisons.py` | what is compared with what, and the targets |
| `memory.py`, `imports.py`, `profile.py` | peak memory, import time, where the time of `fetchall` goes |
| `lookups.py` | what a profile look-up costs beside the service |
| `speed.py`, `report.py` | the whole run, and its table in `docs/performance.md` |
| `reflection.py` | reflecting a large org, by itself |
"""
