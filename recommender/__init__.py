"""The decision: a profil becomes ranked métiers, each with its reasons."""
