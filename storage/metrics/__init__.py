"""What each metric counts and sums: one module a family, each answering a `Reading` with cells."""
