"""What the emulator does to a statement before the engine sees it. Pure functions from text to text.

`lexer` takes it apart, `guard` lets only queries through, `names` finds tables in any case, and `json_outputs` with
`ordering` rewrites what the engine cannot write as JSON.
"""
