"""What outlives a process: partners, keys and quotas, in SQLite by default or in PostgreSQL."""
