"""What each version changes. A released one is never edited."""
