"""Views of a plan and of what became of it: pure functions from values to text.

`rows` builds what is shown once; each format only lays it out.
"""
