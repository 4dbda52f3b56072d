"""Speed, measured against hand-written floors in the same run; started with `make bench`."""
