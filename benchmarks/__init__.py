"""Speed as ratios of alternatives, measured in one run. Run with `make bench`; no test asserts a duration."""
