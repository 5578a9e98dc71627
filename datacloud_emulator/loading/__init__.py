"""From a data folder's files to the engine's tables: found (`folder`), read and typed (`csv_file`, `arrow_file`) and
stored in bulk (`bulk`).

Exact or refused: a value is stored as the file has it, or loading ends with a DataLoadError that names file, place
and remedy. Memory is bounded by a batch of rows, whatever the file's size.
"""
