"""No command waits longer than its bounds for anything, and what a run came to is told whatever else fails."""
