"""The espace conseiller, before any page: accounts, dossiers, what a session holds."""
