"""The API of a forge: pull requests and comments on GitHub, GitLab, Gitea and Forgejo."""
