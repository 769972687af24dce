"""Dossiers, their versions, the proofs of their deletion, and the figures that tell of nobody."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the four tables."""
    _create_dossiers()
    op.create_table(
        "preuves_suppression",
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("motif", sa.String(20), nullable=False),
        sa.Column("supprime_le", _INSTANT, nullable=False),
        sa.Column("lignes", sa.Integer(), nullable=False),
        sa.Column("empreinte", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("reference", name="pk_preuves_suppression"),
    )
    op.create_table(
        "evenements",
        sa.Column("mois", sa.Date(), nullable=False),
        sa.Column("structure", sa.String(64), nullable=False),
        sa.Column("mesure", sa.String(20), nullable=False),
        sa.Column("valeur", sa.String(40), nullable=False),
        sa.Column("seances", sa.BigInteger(), nullable=False),
        sa.Column("nombre", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mois", "structure", "mesure", "valeur", name="pk_evenements"),
    )


def _create_dossiers() -> None:
    op.create_table(
        "dossiers",
        sa.Column("identifiant", sa.String(64), nullable=False),
        sa.Column("structure", sa.String(64), nullable=False),
        sa.Column("conseiller", sa.String(64), nullable=False),
        sa.Column("pseudonyme", sa.LargeBinary(), nullable=False),
        sa.Column("portee", sa.String(20), nullable=True),
        sa.Column("statistiques", sa.Boolean(), nullable=False),
        sa.Column("recueilli_le", _INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("comptes", sa.LargeBinary(), nullable=True),
        sa.Column("ouvert_le", _INSTANT, nullable=False),
        sa.Column("modifie_le", _INSTANT, nullable=False),
        sa.Column("clos_le", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("identifiant", name="pk_dossiers"),
        sa.ForeignKeyConstraint(["structure"], ["structures.identifiant"], name="fk_dossiers_structure_structures"),
        sa.ForeignKeyConstraint(["conseiller"], ["conseillers.identifiant"], name="fk_dossiers_conseiller_conseillers"),
    )
    for colonne in ("structure", "conseiller", "modifie_le"):
        op.create_index(f"ix_dossiers_{colonne}", "dossiers", [colonne])
    op.create_table(
        "versions_dossier",
        sa.Column("dossier", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("auteur", sa.String(64), nullable=False),
        sa.Column("motif", sa.String(40), nullable=False),
        sa.Column("ecrite_le", _INSTANT, nullable=False),
        sa.Column("contenu", sa.LargeBinary(), nullable=False),
        sa.Column("notes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("dossier", "version", name="pk_versions_dossier"),
        sa.ForeignKeyConstraint(["dossier"], ["dossiers.identifiant"], name="fk_versions_dossier_dossier_dossiers"),
    )
