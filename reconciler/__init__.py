"""A declarative, GitOps-style reconciler for the mobile services of a company's users."""

__version__ = "0.1.0"
