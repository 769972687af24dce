"""The path of a citizen on a phone: one question a screen, whole without any script."""
