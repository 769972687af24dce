"""Pages rendered by the server, whole without any script."""
