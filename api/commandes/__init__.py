"""The commands, and how they speak."""
