"""One function a file: a value and its proof leave together."""
