"""Partners, their secrets, and the keys that sign tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "partenaires",
        sa.Column("identifiant", sa.String(64), nullable=False),
        sa.Column("nom", sa.String(200), nullable=False),
        sa.Column("origines", sa.JSON(), nullable=False),
        sa.Column("portees", sa.JSON(), nullable=False),
        sa.Column("quota", sa.Integer(), nullable=True),
        sa.Column("cree_le", _INSTANT, nullable=False),
        sa.Column("revoque_le", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("identifiant", name="pk_partenaires"),
    )
    op.create_table(
        "secrets",
        sa.Column("prefixe", sa.String(16), nullable=False),
        sa.Column("identifiant", sa.String(64), nullable=False),
        sa.Column("empreinte", sa.String(255), nullable=False),
        sa.Column("cree_le", _INSTANT, nullable=False),
        sa.Column("expire_le", _INSTANT, nullable=True),
        sa.Column("revoque_le", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("prefixe", name="pk_secrets"),
        sa.ForeignKeyConstraint(
            ["identifiant"], ["partenaires.identifiant"], name="fk_secrets_identifiant_partenaires"
        ),
    )
    op.create_index("ix_secrets_identifiant", "secrets", ["identifiant"])
    op.create_table(
        "cles_signature",
        sa.Column("kid", sa.String(64), nullable=False),
        sa.Column("valeur", sa.LargeBinary(), nullable=False),
        sa.Column("cree_le", _INSTANT, nullable=False),
        sa.Column("expire_le", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("kid", name="pk_cles_signature"),
    )
