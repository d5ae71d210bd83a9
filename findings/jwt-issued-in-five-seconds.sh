#!/usr/bin/env bash
# PyJWT 2.15.1, Authlib 1.9.10, python-jose 3.5.0 (Python), golang-jwt v5.3.1 (Go), jose 6.2.18 and
# jsonwebtoken 9.0.3 (JavaScript), each with its defaults and the right key.
#
# Guess: `iat` tells when a token was made and refuses nobody (RFC 7519 names no check); and an `aud`
#   that the verifier was not told to compare is not compared.
# Seen: behind a clock that is five seconds slow PyJWT and Authlib refuse the token, the others take
#   it. A token with `aud`, where no audience was asked for, is refused by PyJWT and python-jose.
#   No two of the Python libraries agree on the three tokens.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install PyJWT==2.15.1 Authlib==1.9.10 python-jose==3.5.0
npm install --silent --no-fund --no-audit jose@6.2.18 jsonwebtoken@9.0.3 > /dev/null
export KEY=0123456789abcdef0123456789abcdef
cat > verify.py <<'E1'
import os, sys, time
import jwt
from authlib.jose import jwt as authlib
from jose import jwt as jose
key = os.environ["KEY"]
now = int(time.time())
claims = {"plain": {"sub": "a"}, "iat": {"iat": now + 5}, "aud": {"aud": "shop"}}

def with_authlib(token):
    authlib.decode(token, key).validate()

libraries = {
    "PyJWT": lambda token: jwt.decode(token, key, algorithms=["HS256"]),
    "Authlib": with_authlib,
    "python-jose": lambda token: jose.decode(token, key, algorithms=["HS256"]),
}
with open("tokens", "w") as tokens:
    for kind, payload in claims.items():
        token = jwt.encode(payload, key, algorithm="HS256")
        print(kind, token, file=tokens)
        for name, verify in libraries.items():
            try:
                verify(token)
                print(kind, name, "taken")
            except Exception as error:
                print(kind, name, "refused")
E1
cat > main.go <<'E1'
package main

import (
	"fmt"
	"os"

	"github.com/golang-jwt/jwt/v5"
)

func main() {
	var kind, token string
	for {
		if _, err := fmt.Scan(&kind, &token); err != nil {
			return
		}
		_, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return []byte(os.Getenv("KEY")), nil })
		fmt.Println(kind, "golang-jwt", map[bool]string{true: "taken", false: "refused"}[err == nil])
	}
}
E1
cat > verify.mjs <<'E1'
import { readFileSync } from "fs";
import { jwtVerify } from "jose";
import jsonwebtoken from "jsonwebtoken";
const key = process.env.KEY;
const libraries = {
  jose: (token) => jwtVerify(token, new TextEncoder().encode(key)),
  jsonwebtoken: (token) => jsonwebtoken.verify(token, key),
};
for (const line of readFileSync("tokens", "utf8").trim().split("\n")) {
  const [kind, token] = line.split(" ");
  for (const [name, verify] of Object.entries(libraries)) {
    let said = "taken";
    try { await verify(token); } catch { said = "refused"; }
    console.log(kind, name, said);
  }
}
E1
go mod init seen > /dev/null 2>&1
go get github.com/golang-jwt/jwt/v5@v5.3.1 2> /dev/null
go build -o verify .
{ env/bin/python verify.py 2> /dev/null; ./verify < tokens; node verify.mjs; } | tee seen
cat > expected <<'E1'
plain PyJWT taken
plain Authlib taken
plain python-jose taken
iat PyJWT refused
iat Authlib refused
iat python-jose taken
aud PyJWT refused
aud Authlib taken
aud python-jose refused
plain golang-jwt taken
iat golang-jwt taken
aud golang-jwt taken
plain jose taken
plain jsonwebtoken taken
iat jose taken
iat jsonwebtoken taken
aud jose taken
aud jsonwebtoken taken
E1
diff expected seen
