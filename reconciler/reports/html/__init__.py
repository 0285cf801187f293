"""Pages for a browser: one file each that needs nothing else, whole without script, safe whatever anybody is called."""
