"""The steps of the schema, in order; a published step never changes."""
