"""What is known of delegates: which program offers them, with which flags, on which devices."""
