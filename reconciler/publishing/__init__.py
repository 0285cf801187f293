"""The platforms where the fleet's pull requests are: what a CI job knows, and the comments and issues it may write.

`environment` reads what GitHub and GitLab tell a job, `github` and `gitlab` are the two publishers, `http` alone speaks
to them. A platform decides nothing and knows nothing of plans: it is given texts.
"""
