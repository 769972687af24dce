"""Counts of what people think of their path."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "avis",
        sa.Column("mois", sa.Date(), nullable=False),
        sa.Column("question", sa.String(20), nullable=False),
        sa.Column("reponse", sa.String(20), nullable=False),
        sa.Column("nombre", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mois", "question", "reponse", name="pk_avis"),
    )
