#!/usr/bin/env bash
# PyJWT 2.15.1, Authlib 1.9.10, joserfc 1.8.0, python-jose 3.5.0 (Python); go-jose 4.1.9, jwx 3.4.0,
# keyfunc 3.9.2 (Go); jose 6.2.18, jwks-rsa 4.1.0 with jsonwebtoken 9.0.3 (JavaScript), each with
# its own reader of a key set.
#
# Guess: a key set that holds an RSA key and an EC key under one `kid`, as RFC 7517 (section 4.5)
#   has it for alternatives of different `kty`, verifies tokens of both: each key says its `alg`.
# Seen: seven of nine take the first key of that `kid`, whatever it is, and refuse the other kind's
#   tokens. What is refused depends on the order in the set alone; only joserfc and JavaScript's jose
#   look for a key that fits.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install PyJWT==2.15.1 Authlib==1.9.10 joserfc==1.8.0 python-jose==3.5.0 cryptography==50.0.2
npm install --silent --no-fund --no-audit jose@6.2.18 jsonwebtoken@9.0.3 jwks-rsa@4.1.0 > /dev/null
cat > keys.py <<'E1'
import base64, json, time
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

made = {"RS256": rsa.generate_private_key(65537, 2048), "ES256": ec.generate_private_key(ec.SECP256R1())}
public = {}
for alg, key in made.items():
    algorithm = jwt.get_algorithm_by_name(alg)
    public[alg] = json.loads(algorithm.to_jwk(key.public_key())) | {"kid": "2026-12", "use": "sig", "alg": alg}
    public[alg].pop("key_ops", None)
for first, second in (("RS256", "ES256"), ("ES256", "RS256")):
    json.dump({"keys": [public[first], public[second]]}, open(f"{first}-first.json", "w"))
with open("tokens", "w") as tokens:
    for alg, key in made.items():
        print(alg, jwt.encode({"sub": "a"}, key, algorithm=alg, headers={"kid": "2026-12"}), file=tokens)
E1
cat > verify.py <<'E1'
import json
import jwt
from authlib.jose import JsonWebKey, jwt as authlib
from jose import jwt as jose
from joserfc import jwt as joserfc
from joserfc.jwk import KeySet

def pyjwt(token, keys):
    key = jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(token)["kid"]]
    jwt.decode(token, key, algorithms=["RS256", "ES256"])

libraries = {
    "PyJWT": pyjwt,
    "Authlib": lambda token, keys: authlib.decode(token, JsonWebKey.import_key_set(keys)),
    "joserfc": lambda token, keys: joserfc.decode(token, KeySet.import_key_set(keys), algorithms=["RS256", "ES256"]),
    "python-jose": lambda token, keys: jose.decode(token, keys, algorithms=["RS256", "ES256"]),
}
for line in open("tokens").read().splitlines():
    alg, token = line.split()
    for order in ("RS256", "ES256"):
        keys = json.load(open(f"{order}-first.json"))
        for name, verify in libraries.items():
            try:
                verify(token, keys)
                said = "taken"
            except Exception:
                said = "refused"
            print(alg, f"{order}-first", name, said)
E1
cat > main.go <<'E1'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/go-jose/go-jose/v4"
	gojwt "github.com/go-jose/go-jose/v4/jwt"
	"github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/jwx/v3/jwk"
	jwxjwt "github.com/lestrrat-go/jwx/v3/jwt"
)

func main() {
	var alg, token string
	for {
		if _, err := fmt.Scan(&alg, &token); err != nil {
			return
		}
		for _, order := range []string{"RS256", "ES256"} {
			raw, _ := os.ReadFile(order + "-first.json")
			say := func(name string, err error) {
				fmt.Println(alg, order+"-first", name, map[bool]string{true: "taken", false: "refused"}[err == nil])
			}
			var set jose.JSONWebKeySet
			json.Unmarshal(raw, &set)
			parsed, err := gojwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
			if err == nil {
				err = parsed.Claims(&set, &map[string]any{})
			}
			say("go-jose", err)
			keys, err := jwk.Parse(raw)
			if err == nil {
				_, err = jwxjwt.Parse([]byte(token), jwxjwt.WithKeySet(keys))
			}
			say("jwx", err)
			read, err := keyfunc.NewJWKSetJSON(raw)
			if err == nil {
				_, err = jwt.Parse(token, read.Keyfunc)
			}
			say("keyfunc", err)
		}
	}
}
E1
cat > verify.mjs <<'E1'
import { readFileSync } from "fs";
import { createLocalJWKSet, jwtVerify } from "jose";
import jsonwebtoken from "jsonwebtoken";
import jwksRsa from "jwks-rsa";
async function rsa(token, keys) {
  const client = jwksRsa({ jwksUri: "http://127.0.0.1:1/", fetcher: async () => keys });
  const { kid } = jsonwebtoken.decode(token, { complete: true }).header;
  const key = await client.getSigningKey(kid);
  jsonwebtoken.verify(token, key.getPublicKey());
}
const libraries = {
  jose: (token, keys) => jwtVerify(token, createLocalJWKSet(keys)),
  "jwks-rsa": rsa,
};
for (const line of readFileSync("tokens", "utf8").trim().split("\n")) {
  const [alg, token] = line.split(" ");
  for (const order of ["RS256", "ES256"]) {
    const keys = JSON.parse(readFileSync(`${order}-first.json`, "utf8"));
    for (const [name, verify] of Object.entries(libraries)) {
      let said = "taken";
      try { await verify(token, keys); } catch { said = "refused"; }
      console.log(alg, `${order}-first`, name, said);
    }
  }
}
E1
go mod init seen > /dev/null 2>&1
go get github.com/go-jose/go-jose/v4@v4.1.9 github.com/lestrrat-go/jwx/v3/jwt@v3.4.0 \
  github.com/MicahParks/keyfunc/v3@v3.9.2 github.com/golang-jwt/jwt/v5@v5.3.1 2> /dev/null
go build -o verify .
{ env/bin/python keys.py; env/bin/python verify.py; ./verify < tokens; node verify.mjs; } 2> /dev/null | tee seen
cat > expected <<'E1'
RS256 RS256-first PyJWT taken
RS256 RS256-first Authlib taken
RS256 RS256-first joserfc taken
RS256 RS256-first python-jose taken
RS256 ES256-first PyJWT refused
RS256 ES256-first Authlib refused
RS256 ES256-first joserfc taken
RS256 ES256-first python-jose refused
ES256 RS256-first PyJWT refused
ES256 RS256-first Authlib refused
ES256 RS256-first joserfc taken
ES256 RS256-first python-jose refused
ES256 ES256-first PyJWT taken
ES256 ES256-first Authlib taken
ES256 ES256-first joserfc taken
ES256 ES256-first python-jose taken
RS256 RS256-first go-jose taken
RS256 RS256-first jwx taken
RS256 RS256-first keyfunc taken
RS256 ES256-first go-jose refused
RS256 ES256-first jwx refused
RS256 ES256-first keyfunc refused
ES256 RS256-first go-jose refused
ES256 RS256-first jwx refused
ES256 RS256-first keyfunc refused
ES256 ES256-first go-jose taken
ES256 ES256-first jwx taken
ES256 ES256-first keyfunc taken
RS256 RS256-first jose taken
RS256 RS256-first jwks-rsa taken
RS256 ES256-first jose taken
RS256 ES256-first jwks-rsa refused
ES256 RS256-first jose taken
ES256 RS256-first jwks-rsa refused
ES256 ES256-first jose taken
ES256 ES256-first jwks-rsa taken
E1
diff expected seen
