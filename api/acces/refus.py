"""Why a caller is not let in."""

from api.errors import JETON_REFUSE, PORTEE_ABSENTE, QUOTA_ATTEINT, Probleme, RefusError

_DOMAINE = 'Bearer realm="azimut"'


class InvalidTokenError(RefusError):
    """The token is not ours, altered, expired or revoked."""

    def __init__(self, detail: str) -> None:
        entetes = {"WWW-Authenticate": f'{_DOMAINE}, error="invalid_token"'}
        super().__init__(Probleme(JETON_REFUSE, detail, 401, entetes=entetes))


class ScopeError(RefusError):
    """The token does not go that far; `portee` is what it lacks."""

    def __init__(self, portee: str) -> None:
        entetes = {"WWW-Authenticate": f'{_DOMAINE}, error="insufficient_scope", scope="{portee}"'}
        detail = f"Ce jeton ne porte pas la portée « {portee} »."
        super().__init__(Probleme(PORTEE_ABSENTE, detail, 403, entetes=entetes))


class QuotaError(RefusError):
    """Too many requests; `secondes` is how long to wait."""

    def __init__(self, limite: int, fenetre: int, secondes: int) -> None:
        detail = f"Le quota de {limite} requêtes en {fenetre} s est atteint ; il se renouvelle dans {secondes} s."
        super().__init__(Probleme(QUOTA_ATTEINT, detail, 429, entetes={"Retry-After": str(secondes)}))
