"""Signing in by the identity provider of a Région (OpenID Connect): code, PKCE, state and nonce, by Authlib."""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, KeySet
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.conseil.comptes import ROLES, Comptes
from api.conseil.connexions import Connexions, read_login
from api.conseil.mon_compte import forget_factor
from api.conseil.revendications import Annonce, Correspondance, read_announcement
from api.conseil.sessions import Horloge, fingerprint, now
from api.persistence.acces import forget_old
from api.persistence.base import BaseDonnees
from api.persistence.comptes import drop_ended, drop_sessions, find_account, find_subject, take_request
from api.persistence.tables_comptes import LigneConseiller, LigneDemandeOidc, LigneStructure
from api.settings import Settings
from referentiels.errors import AzimutError, InvalidInputError

DELAI = 5.0
"""Seconds that the provider has to answer."""
DEMANDE = timedelta(minutes=10)
"""How long one may take to sign in there."""
_ALGORITHMES = ["RS256", "PS256", "ES256"]
_ECART = 60
"""Seconds by which two clocks may differ."""
_PANNE = "le fournisseur d'identité ne répond pas comme prévu ; réessayez, ou prévenez l'équipe qui héberge le service."
_SANS_ROLE = (
    "vous êtes bien identifié·e, mais le fournisseur ne dit pas votre rôle et votre structure dans Azimut : prévenez "
    "l'équipe qui le règle."
)
_REFUS = "cette connexion n'a pas pu être vérifiée ; recommencez depuis la page de connexion."


class IdentiteError(AzimutError):
    """The identity provider did not vouch for someone, or for someone whom we do not let in."""


@dataclass(frozen=True, slots=True)
class _Fournisseur:
    """What the provider publishes of itself."""

    autorisation: str
    jetons: str
    cles: str


class Oidc:
    """One provider.

    Args:
        settings: Its address, our secret there, and what its claims mean.
        base: Where accounts are.
        comptes: Makes those that are not known yet.
        connexions: Opens sessions.
        horloge: Tells the present moment.

    Raises:
        InvalidInputError: A setting about claims cannot be used.
    """

    def __init__(
        self, settings: Settings, base: BaseDonnees, comptes: Comptes, connexions: Connexions, horloge: Horloge = now
    ) -> None:
        self._emetteur = (settings.oidc_emetteur or "").rstrip("/")
        self._client = settings.oidc_client or ""
        self._secret = settings.oidc_secret.get_secret_value() if settings.oidc_secret else ""
        self._retour = settings.oidc_retour or ""
        self._creation = settings.oidc_creation
        self._connexion = settings.oidc_connexion
        self._roles = Correspondance(settings.oidc_role, settings.oidc_roles, permises=ROLES)
        self._structures = Correspondance(settings.oidc_structure, settings.oidc_structures)
        self.nom = settings.oidc_nom
        self._base = base
        self._comptes = comptes
        self._connexions = connexions
        self._horloge = horloge
        self._connu: _Fournisseur | None = None
        self._cles: KeySet | None = None

    def start(self, navigateur: str, suite: str, *, redemander: bool = False) -> str:
        """The page of the provider where a browser signs in.

        Args:
            navigateur: What the cookie of this browser holds: the answer is taken from it alone.
            suite: Where to go on.
            redemander: Whether the provider is to ask who is there, even when it remembers someone.

        Raises:
            IdentiteError: The provider does not answer.
            DatabaseError: The database cannot serve now.
        """
        etat, nonce, verificateur = (secrets.token_urlsafe(32) for _ in range(3))
        autres = {"prompt": "login"} if redemander else {}
        with self._open_client() as client:
            adresse, _ = client.create_authorization_url(
                self._discover().autorisation, state=etat, nonce=nonce, code_verifier=verificateur, **autres
            )
        maintenant = self._horloge()
        with self._base.writing() as session:
            drop_ended(session, maintenant)
            forget_old(session, maintenant)
            session.add(
                LigneDemandeOidc(
                    etat=fingerprint(etat),
                    navigateur=fingerprint(navigateur),
                    nonce=nonce,
                    verificateur=verificateur,
                    suite=suite,
                    expire_le=maintenant + DEMANDE,
                )
            )
        return str(adresse)

    def finish(self, navigateur: str, parametres: Mapping[str, str]) -> tuple[str, str]:
        """Take what the provider answered, once.

        Returns:
            The number of the session that opens, and where to go on.

        Raises:
            IdentiteError: It does not vouch for anyone, or for someone whom we do not let in.
            DatabaseError: The database cannot serve now.
        """
        with self._base.writing() as session:
            demande = take_request(session, fingerprint(parametres.get("state", "")))
            if demande is not None:
                session.expunge(demande)
        if demande is None or demande.expire_le <= self._horloge() or demande.navigateur != fingerprint(navigateur):
            raise IdentiteError(_REFUS)
        code = parametres.get("code")
        if not code or parametres.get("iss", self._emetteur).rstrip("/") != self._emetteur:
            raise IdentiteError(_REFUS)
        revendications = self._verify(self._exchange(code, demande.verificateur), demande.nonce)
        return self._enter(read_announcement(revendications, self._emetteur, self._connexion)), demande.suite

    def _open_client(self) -> OAuth2Client:
        return OAuth2Client(
            self._client,
            self._secret,
            scope="openid email profile",
            redirect_uri=self._retour,
            code_challenge_method="S256",
            timeout=DELAI,
        )

    def _exchange(self, code: str, verificateur: str) -> str:
        """The identity token that a code is worth."""
        adresse = self._discover().jetons
        try:
            with self._open_client() as client:
                recu = client.fetch_token(adresse, code=code, code_verifier=verificateur)
        except (OAuthError, httpx2.HTTPError, ValueError) as error:
            raise IdentiteError(_REFUS if isinstance(error, OAuthError) else _PANNE) from error
        jeton = recu.get("id_token")
        if not isinstance(jeton, str):
            raise IdentiteError(_PANNE)
        return jeton

    def _verify(self, jeton: str, nonce: str) -> Mapping[str, Any]:
        """What an identity token claims, once everything that binds it to us was checked."""
        exigences = jwt.JWTClaimsRegistry(
            now=int(self._horloge().timestamp()),
            leeway=_ECART,
            iss={"essential": True, "value": self._emetteur},
            aud={"essential": True, "value": self._client},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            lu = self._decode(jeton)
            exigences.validate(lu.claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise IdentiteError(_REFUS) from error
        if len(_as_list(lu.claims["aud"])) > 1 and lu.claims.get("azp") != self._client:
            raise IdentiteError(_REFUS)
        return lu.claims

    def _decode(self, jeton: str) -> jwt.Token:
        """A token signed by a key of the provider, whose keys are read again when none fits: they turn."""
        connues = self._cles
        if connues is not None:
            try:
                return jwt.decode(jeton, connues, algorithms=_ALGORITHMES)
            except (JoseError, ValueError):
                self._cles = None
        publiees = self._get(self._discover().cles)
        self._cles = lues = _read_keys(publiees.get("keys"))
        return jwt.decode(jeton, lues, algorithms=_ALGORITHMES)

    def _discover(self) -> _Fournisseur:
        # Without a lock: those who come together ask together, and none waits for another when it is down.
        if self._connu is None:
            lu = self._get(f"{self._emetteur}/.well-known/openid-configuration")
            if str(lu.get("issuer", "")).rstrip("/") != self._emetteur:
                raise IdentiteError(_PANNE)
            try:
                self._connu = _Fournisseur(
                    *(str(lu[c]) for c in ("authorization_endpoint", "token_endpoint", "jwks_uri"))
                )
            except KeyError as error:
                raise IdentiteError(_PANNE) from error
        return self._connu

    def _get(self, adresse: str) -> Mapping[str, Any]:
        try:
            reponse = httpx2.get(adresse, timeout=DELAI)
            lu = reponse.raise_for_status().json()
        except (httpx2.HTTPError, ValueError) as error:
            raise IdentiteError(_PANNE) from error
        if not isinstance(lu, dict):
            raise IdentiteError(_PANNE)
        return lu

    def _enter(self, annonce: Annonce) -> str:
        """Open a session for who is announced; the provider decides of the role and of the structure."""
        role, structure = self._roles.read(annonce.revendications), self._structures.read(annonce.revendications)
        if (self._roles.stricte and role is None) or (self._structures.stricte and structure is None):
            raise IdentiteError(_SANS_ROLE)
        try:
            jeton = self._write(annonce, role, structure)
        except IntegrityError:  # the same person, twice at the same moment
            raise IdentiteError(_REFUS) from None
        if jeton is None:
            raise IdentiteError("ce compte est désactivé : voyez avec l'administration de votre structure.")
        return jeton

    def _write(self, annonce: Annonce, role: str | None, structure: str | None) -> str | None:
        with self._base.writing() as session:
            ligne = find_subject(session, annonce.sujet)
            if ligne is None and annonce.connexion is not None:
                ligne = find_account(session, read_login(annonce.connexion), ecriture=True)
                if ligne is not None and ligne.sujet_oidc is not None:
                    raise IdentiteError("cet identifiant de connexion est déjà celui d'une autre personne.")
            if structure is not None and session.get(LigneStructure, structure) is None:
                raise IdentiteError(f"la structure « {structure} » n'est pas inscrite dans Azimut.")
            if ligne is None:
                ligne = self._create(annonce, role, structure)
                session.add(ligne)
            ligne.sujet_oidc = annonce.sujet
            if structure is not None and structure != ligne.structure:
                _close_former_ways(session, ligne)
            ligne.role, ligne.structure = role or ligne.role, structure or ligne.structure
            session.flush()
            return self._connexions.enter(session, ligne)

    def _create(self, annonce: Annonce, role: str | None, structure: str | None) -> LigneConseiller:
        if not self._creation:
            raise IdentiteError(
                "vous êtes bien identifié·e, mais aucun compte Azimut n'est ouvert à votre nom : demandez-le à "
                "l'administration de votre structure."
            )
        if role is None or structure is None or annonce.connexion is None:
            raise IdentiteError(_SANS_ROLE)
        try:
            return self._comptes.make_line(annonce.connexion, annonce.nom, role, structure)
        except InvalidInputError as error:
            raise IdentiteError(str(error)) from error


def _close_former_ways(session: Session, ligne: LigneConseiller) -> None:
    """Forget what another structure gave, and may know: whoever opened the account there does not follow it here."""
    ligne.empreinte = ligne.provisoire_jusqu = None
    forget_factor(ligne)
    drop_sessions(session, ligne.identifiant)


def _read_keys(publiees: object) -> KeySet:
    """The keys published; those of a kind that we do not know are for others."""
    cles = []
    for cle in publiees if isinstance(publiees, list) else ():
        with suppress(JoseError, ValueError, TypeError, KeyError, AttributeError):
            cles.append(JWKRegistry.import_key(cle))
    return KeySet(cles)


def _as_list(valeur: object) -> Sequence[object]:
    return valeur if isinstance(valeur, list) else [valeur]
