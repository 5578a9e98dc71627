"""The org an emulator plays when it is given no data: Parquet files, their `catalog.toml`, and what made them."""
