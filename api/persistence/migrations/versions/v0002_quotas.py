"""What is taken from quotas, and the salts of addresses."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the two tables."""
    op.create_table(
        "compteurs",
        sa.Column("cle", sa.String(200), nullable=False),
        sa.Column("compte", sa.BigInteger(), nullable=False),
        sa.Column("expire", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("cle", name="pk_compteurs"),
    )
    op.create_index("ix_compteurs_expire", "compteurs", ["expire"])
    op.create_table(
        "sels",
        sa.Column("jour", sa.Date(), nullable=False),
        sa.Column("valeur", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("jour", name="pk_sels"),
    )
