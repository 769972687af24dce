"""Persistence: the same tests over SQLite and over a real PostgreSQL."""
