"""A real PostgreSQL and a real Redis for whoever has none: binaries of wheels, started by our own launcher."""
