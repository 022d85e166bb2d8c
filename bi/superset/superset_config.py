"""Settings of the Superset that `make superset` starts; its secret comes from the environment."""

# Superset refuses files as databases unless told: this one is opened read-only.
PREVENT_UNSAFE_DB_CONNECTIONS = False
