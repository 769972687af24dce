"""The profile as it is sent, read and checked."""
