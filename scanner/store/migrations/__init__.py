"""How the store's tables came to be what they are: one file a version, forward only."""
