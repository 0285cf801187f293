"""What a stranger's files may not do."""
