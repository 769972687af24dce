"""The formation offer."""
