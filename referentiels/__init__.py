"""What public bodies publish, typed: raw official files, entities, one frozen catalogue."""
