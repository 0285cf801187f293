"""Git, run without trusting the files of the repository: every call of git goes through the two doors of this package.

- `reading.read_git` asks about what lies there. It starts no program but git, opens no connection and writes nothing.
- `exchange.run_git` commits, fetches and pushes. It runs the hooks of the user's own `.git/hooks`, and speaks https and
  ssh only.

Both work on a `WorkTree`, which `worktree.find_work_tree` finds from outside of what can be committed. No other module
starts git.
"""
