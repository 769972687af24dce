"""What an identity provider claims of someone, in our words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from referentiels.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class Annonce:
    """Someone whom the provider vouches for."""

    sujet: str
    """SHA-256 of the provider and of who they are there: we keep neither."""
    connexion: str | None
    """What they type to sign in, when the provider vouches for it too."""
    nom: str
    revendications: Mapping[str, Any]


def read_announcement(revendications: Mapping[str, Any], emetteur: str, cle_connexion: str) -> Annonce:
    """Someone, from the claims of a verified token.

    Args:
        revendications: The claims.
        emetteur: Who makes them.
        cle_connexion: The claim that holds the name to sign in; an address that was not verified is left out.
    """
    connexion = revendications.get(cle_connexion)
    if not isinstance(connexion, str) or (
        cle_connexion == "email" and revendications.get("email_verified") is not True
    ):
        connexion = None
    nom = revendications.get("name") or revendications.get("given_name") or connexion or "Sans nom"
    sujet = sha256(f"{emetteur}\x1f{revendications['sub']}".encode()).hexdigest()
    return Annonce(sujet, connexion, str(nom)[:200], revendications)


class Correspondance:
    """What the values of a claim mean for us.

    Args:
        cle: The claim.
        table: `valeur=sens, valeur=sens`; without it, a value means itself.
        permises: What it may mean; anything when empty.

    Attributes:
        stricte: Whether a table was given: who has none of its values has no place here.

    Raises:
        InvalidInputError: The table cannot be read.
    """

    def __init__(self, cle: str, table: str | None, permises: Sequence[str] = ()) -> None:
        self._cle = cle
        self._permises = permises
        self.stricte = table is not None
        self._table: dict[str, str] | None = None
        if table is not None:
            paires = [morceau.rpartition("=") for morceau in table.split(",") if morceau.strip()]
            self._table = {valeur.strip(): sens.strip() for valeur, _, sens in paires}
            if not all(v and s and (not permises or s in permises) for v, s in self._table.items()):
                attendu = f" ; sens possibles : {', '.join(permises)}" if permises else ""
                raise InvalidInputError(f"« valeur=sens, valeur=sens » est attendu{attendu}.", champ=cle)

    def read(self, revendications: Mapping[str, Any]) -> str | None:
        """What the claim means, None when it tells nothing that we know; of several values, the first of the table."""
        brut = revendications.get(self._cle)
        valeurs = [str(v).replace("\0", "") for v in (brut if isinstance(brut, list) else [brut]) if v is not None]
        if self._table is not None:
            return next((sens for valeur, sens in self._table.items() if valeur in valeurs), None)
        return next((v for v in valeurs if not self._permises or v in self._permises), None)
