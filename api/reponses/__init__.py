"""From the engine's answers to JSON."""
