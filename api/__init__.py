"""Everything that faces outside: HTTP, pages, settings, command line."""
