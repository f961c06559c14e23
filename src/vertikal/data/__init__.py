"""Reference data that come with the package, each with its provenance beside it."""
