"""The espace conseiller: the screens that a conseiller and a person read together."""
