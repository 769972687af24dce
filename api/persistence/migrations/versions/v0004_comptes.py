"""Who works in the espace conseiller: structures, accounts, sessions, and the audit of accesses."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the five tables."""
    op.create_table(
        "structures",
        sa.Column("identifiant", sa.String(64), nullable=False),
        sa.Column("nom", sa.String(200), nullable=False),
        sa.Column("conservation_mois", sa.Integer(), nullable=False),
        sa.Column("cree_le", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("identifiant", name="pk_structures"),
    )
    _create_accounts()
    _create_sessions()
    op.create_table(
        "acces",
        sa.Column("numero", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("instant", _INSTANT, nullable=False),
        sa.Column("acteur", sa.String(64), nullable=True),
        sa.Column("structure", sa.String(64), nullable=True),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("objet", sa.String(64), nullable=True),
        sa.Column("issue", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("numero", name="pk_acces"),
    )
    for colonne in ("instant", "structure", "objet"):
        op.create_index(f"ix_acces_{colonne}", "acces", [colonne])


def _create_accounts() -> None:
    op.create_table(
        "conseillers",
        sa.Column("identifiant", sa.String(64), nullable=False),
        sa.Column("connexion", sa.String(200), nullable=False),
        sa.Column("nom", sa.String(200), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("structure", sa.String(64), nullable=False),
        sa.Column("empreinte", sa.String(255), nullable=True),
        sa.Column("provisoire_jusqu", _INSTANT, nullable=True),
        sa.Column("totp", sa.LargeBinary(), nullable=True),
        sa.Column("totp_attente", sa.LargeBinary(), nullable=True),
        sa.Column("totp_pas", sa.BigInteger(), nullable=True),
        sa.Column("codes_secours", sa.JSON(), nullable=False),
        sa.Column("sujet_oidc", sa.String(64), nullable=True),
        sa.Column("echecs", sa.Integer(), nullable=False),
        sa.Column("bloque_jusqu", _INSTANT, nullable=True),
        sa.Column("cree_le", _INSTANT, nullable=False),
        sa.Column("desactive_le", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("identifiant", name="pk_conseillers"),
        sa.ForeignKeyConstraint(["structure"], ["structures.identifiant"], name="fk_conseillers_structure_structures"),
        sa.UniqueConstraint("connexion", name="uq_conseillers_connexion"),
        sa.UniqueConstraint("sujet_oidc", name="uq_conseillers_sujet_oidc"),
    )
    op.create_index("ix_conseillers_structure", "conseillers", ["structure"])


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("empreinte", sa.String(64), nullable=False),
        sa.Column("conseiller", sa.String(64), nullable=False),
        sa.Column("etape", sa.String(20), nullable=False),
        sa.Column("ouverte_le", _INSTANT, nullable=False),
        sa.Column("vue_le", _INSTANT, nullable=False),
        sa.Column("expire_le", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("empreinte", name="pk_sessions"),
        sa.ForeignKeyConstraint(["conseiller"], ["conseillers.identifiant"], name="fk_sessions_conseiller_conseillers"),
    )
    op.create_index("ix_sessions_conseiller", "sessions", ["conseiller"])
    op.create_index("ix_sessions_expire_le", "sessions", ["expire_le"])
    op.create_table(
        "demandes_oidc",
        sa.Column("etat", sa.String(64), nullable=False),
        sa.Column("navigateur", sa.String(64), nullable=False),
        sa.Column("nonce", sa.String(64), nullable=False),
        sa.Column("verificateur", sa.String(128), nullable=False),
        sa.Column("suite", sa.Text(), nullable=False),
        sa.Column("expire_le", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("etat", name="pk_demandes_oidc"),
    )
    op.create_index("ix_demandes_oidc_expire_le", "demandes_oidc", ["expire_le"])
