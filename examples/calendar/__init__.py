"""The Solar Hijri calendar seed and the arithmetic behind it."""
