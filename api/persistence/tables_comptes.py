"""The tables of the espace conseiller that tell who works there: structures, accounts, sessions, accesses."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.persistence.tables import Table


class LigneStructure(Table):
    """A place of guidance."""

    __tablename__ = "structures"

    identifiant: Mapped[str] = mapped_column(String(64), primary_key=True)
    nom: Mapped[str] = mapped_column(String(200))
    conservation_mois: Mapped[int]
    cree_le: Mapped[datetime]


class LigneConseiller(Table):
    """An account; `identifiant` is drawn at random and is all that other tables know of a person."""

    __tablename__ = "conseillers"

    identifiant: Mapped[str] = mapped_column(String(64), primary_key=True)
    connexion: Mapped[str] = mapped_column(String(200), unique=True)
    """The name typed to sign in."""
    nom: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    structure: Mapped[str] = mapped_column(ForeignKey("structures.identifiant"), index=True)
    empreinte: Mapped[str | None] = mapped_column(String(255))
    """The password, hashed; None for who signs in by an identity provider alone."""
    provisoire_jusqu: Mapped[datetime | None]
    """Until when a password given by someone else opens the account, to be changed at once."""
    totp: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The second factor, sealed."""
    totp_attente: Mapped[bytes | None] = mapped_column(LargeBinary)
    """One that was shown, and that no code confirmed yet."""
    totp_pas: Mapped[int | None] = mapped_column(BigInteger)
    """The last step of thirty seconds whose code was taken: it is never taken again."""
    codes_secours: Mapped[list[str]]
    """Hashes of the codes that were not used."""
    sujet_oidc: Mapped[str | None] = mapped_column(String(64), unique=True)
    """SHA-256 of who they are for the identity provider."""
    echecs: Mapped[int]
    bloque_jusqu: Mapped[datetime | None]
    cree_le: Mapped[datetime]
    desactive_le: Mapped[datetime | None]
    lieu: Mapped[LigneStructure] = relationship()


class LigneSession(Table):
    """Someone signed in from a browser, or about to be; the cookie itself is nowhere."""

    __tablename__ = "sessions"

    empreinte: Mapped[str] = mapped_column(String(64), primary_key=True)
    conseiller: Mapped[str] = mapped_column(ForeignKey("conseillers.identifiant"), index=True)
    etape: Mapped[str] = mapped_column(String(20))
    """`ouverte`, or what is still to be done: `totp`, `mot_de_passe`."""
    ouverte_le: Mapped[datetime]
    vue_le: Mapped[datetime]
    expire_le: Mapped[datetime] = mapped_column(index=True)
    compte: Mapped[LigneConseiller] = relationship()


class LigneDemandeOidc(Table):
    """A sign-in sent to the identity provider, whose answer is taken once."""

    __tablename__ = "demandes_oidc"

    etat: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the state sent."""
    navigateur: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the cookie of the browser that asked."""
    nonce: Mapped[str] = mapped_column(String(64))
    verificateur: Mapped[str] = mapped_column(String(128))
    suite: Mapped[str] = mapped_column(Text())
    expire_le: Mapped[datetime] = mapped_column(index=True)


class LigneAcces(Table):
    """Who did what, and when; no key binds it, for it outlives what it tells of."""

    __tablename__ = "acces"

    numero: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    instant: Mapped[datetime] = mapped_column(index=True)
    acteur: Mapped[str | None] = mapped_column(String(64))
    structure: Mapped[str | None] = mapped_column(String(64), index=True)
    action: Mapped[str] = mapped_column(String(40))
    objet: Mapped[str | None] = mapped_column(String(64), index=True)
    issue: Mapped[str] = mapped_column(String(10))
