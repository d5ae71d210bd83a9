"""git's own http-backend behind nginx, with passwords; and the ways in which a proxy gets between."""

from __future__ import annotations

from pathlib import Path

from tests.torture.servers.server import NOBODY, Server, free, open_port
from tests.torture.world import git

USER, PASSWORD = "robot", "s3cret-of-robot"
_BACKEND = """
      auth_basic "git";
      auth_basic_user_file {folder}/passwords;
      fastcgi_pass unix:{folder}/run/cgi;
      fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;
      fastcgi_param GIT_PROJECT_ROOT {folder}/repositories;
      fastcgi_param GIT_HTTP_EXPORT_ALL 1;
      fastcgi_param GIT_PROTOCOL $http_git_protocol;
      fastcgi_param PATH_INFO $1;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
      fastcgi_param REMOTE_USER $remote_user;
      fastcgi_param REMOTE_ADDR $remote_addr;
"""
# The same repositories: as they are; where a push is too large; where an answer comes too late;
# moved for good; behind a page to sign in; behind a server that is down; and where it never answers.
_CONFIG = """
daemon off;
worker_processes 2;
pid {folder}/run/pid;
error_log stderr;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/run/body;
  fastcgi_temp_path {folder}/run/fastcgi;
  proxy_temp_path {folder}/run/proxy;
  uwsgi_temp_path {folder}/run/uwsgi;
  scgi_temp_path {folder}/run/scgi;
  client_max_body_size 64m;
  server {{
    listen 127.0.0.1:{port};
    location ~ ^/git(/.*)$ {{ {backend} }}
    location ~ ^/small(/.*)$ {{ client_max_body_size 1k; {backend} }}
    location ~ ^/late(/.*)$ {{ fastcgi_read_timeout 1s; {backend} }}
    location ~ ^/moved(/.*)$ {{ return 301 /git$1$is_args$args; }}
    location ~ ^/signin/ {{ return 302 /page; }}
    location = /page {{ default_type text/html; return 200 "<html>Sign in</html>"; }}
    location ~ ^/down/ {{ proxy_pass http://127.0.0.1:{closed}; }}
    location ~ ^/busy/ {{ return 429; }}
  }}
}}
"""


class Nginx(Server):
    name = "nginx"

    def start(self) -> None:
        for name in ("repositories", "run"):
            (self.folder / name).mkdir()
        (self.folder / "passwords").write_text(
            f"{USER}:{{PLAIN}}{PASSWORD}\nreader:{{PLAIN}}{PASSWORD}\n"
        )
        backend = _BACKEND.format(folder=self.folder)
        config = self.folder / "nginx.conf"
        config.write_text(
            _CONFIG.format(folder=self.folder, port=self.port, closed=free(), backend=backend)
        )
        self.give(self.folder)
        self.run("fcgiwrap", "-c", "6", "-s", f"unix:{self.folder}/run/cgi", owner=NOBODY)
        self.run("nginx", "-c", config, "-p", self.folder, owner=NOBODY)
        self.wait(lambda: open_port(self.port) and (self.folder / "run/cgi").exists())

    def project(self, name: str) -> str:
        git(self.folder, "init", "-q", "--bare", "-b", "main", str(self.bare(name)))
        self.give(self.bare(name))
        return self.url(name)

    def bare(self, name: str) -> Path:
        return self.folder / "repositories" / f"{name}.git"

    def url(self, name: str, way: str = "git", user: str = f"{USER}:{PASSWORD}@") -> str:
        """Its address by one of the ways of the configuration."""
        return f"http://{user}127.0.0.1:{self.port}/{way}/{name}.git"
