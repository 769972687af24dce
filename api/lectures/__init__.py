"""What routes ask of the catalogue and of the engine, before it is written."""
