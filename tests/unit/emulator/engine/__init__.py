"""The engine side of the emulator: SQL runs on the real engine here."""
