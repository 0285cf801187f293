"""What a stranger may try, and what comes of it."""
