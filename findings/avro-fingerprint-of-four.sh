#!/usr/bin/env bash
# The fingerprint of an Avro schema (CRC-64-AVRO of its parsing canonical form), which goes before
# each message that is encoded as a single object: fastavro 1.13.1 and Apache's avro 1.12.2
# (Python), hamba/avro 2.31.0 and linkedin/goavro 2.15.0 (Go).
#
# Guess: the canonical form was made so that all agree; a logical type, as an attribute that decoders
#   may ignore, is stripped, and `{"type": "long"}` is written "long".
# Seen: of a point in time there are three fingerprints, of a decimal four: hamba keeps the logical
#   type, goavro and Apache's Python the braces around "long", and goavro calls bytes "bytes.decimal".
#   An attribute of Java's alone gives two. An empty namespace within a record of another is none for
#   two readers and that of the record for the other two. Who looks for a schema by the fingerprint
#   in a message of another language finds none; of plain schemas all is well.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install fastavro==1.13.1 avro==1.12.2
cat > schemas <<'E1'
{"type": "record", "name": "Lane", "namespace": "shop", "doc": "x", "fields": [{"name": "a", "type": ["null", "string"], "default": null}]}
{"type": "record", "name": "Lane", "fields": [{"name": "a", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
{"type": "record", "name": "Lane", "fields": [{"name": "a", "type": {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}}]}
{"type": "record", "name": "Lane", "fields": [{"name": "a", "type": {"type": "string", "avro.java.string": "String"}}]}
{"type": "record", "name": "shop.Lane", "fields": [{"name": "a", "type": {"type": "enum", "name": "E", "namespace": "", "symbols": ["A"]}}]}
E1
cat > print.py <<'E1'
import json, sys
from avro.schema import parse
from fastavro.schema import fingerprint, to_parsing_canonical_form
for line in open("schemas"):
    if sys.argv[1] == "avro":
        schema = parse(line)
        print(schema.fingerprint("CRC-64-AVRO").hex(), schema.canonical_form)
    else:
        form = to_parsing_canonical_form(json.loads(line))
        print(fingerprint(form, "CRC-64-AVRO"), form)
E1
cat > go.mod <<'E1'
module print
go 1.26
require (
	github.com/hamba/avro/v2 v2.31.0
	github.com/linkedin/goavro/v2 v2.15.0
)
E1
cat > print.go <<'E1'
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"

	"github.com/hamba/avro/v2"
	"github.com/linkedin/goavro/v2"
)

func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if os.Args[1] == "goavro" {
			codec, err := goavro.NewCodec(lines.Text())
			if err != nil {
				panic(err)
			}
			fmt.Printf("%x %s\n", binary.LittleEndian.AppendUint64(nil, codec.Rabin), codec.CanonicalSchema())
			continue
		}
		schema, err := avro.ParseWithCache(lines.Text(), "", &avro.SchemaCache{})
		if err != nil {
			panic(err)
		}
		sum, err := schema.FingerprintUsing(avro.CRC64AvroLE)
		if err != nil {
			panic(err)
		}
		fmt.Printf("%x %s\n", sum, schema)
	}
}
E1
go mod tidy > tidied 2>&1
go build -o print .
for name in avro fastavro; do env/bin/python print.py "$name" > "of-$name"; done
for name in goavro hamba; do ./print "$name" < schemas > "of-$name"; done
for number in 1 2 3 4 5; do
  sed -n "${number}p" schemas
  for name in fastavro avro hamba goavro; do echo "  $name: $(sed -n "${number}p" "of-$name")"; done
done | tee seen
cat > expected <<'E1'
{"type": "record", "name": "Lane", "namespace": "shop", "doc": "x", "fields": [{"name": "a", "type": ["null", "string"], "default": null}]}
  fastavro: b8fce293052cc076 {"name":"shop.Lane","type":"record","fields":[{"name":"a","type":["null","string"]}]}
  avro: b8fce293052cc076 {"name":"shop.Lane","type":"record","fields":[{"name":"a","type":["null","string"]}]}
  hamba: b8fce293052cc076 {"name":"shop.Lane","type":"record","fields":[{"name":"a","type":["null","string"]}]}
  goavro: b8fce293052cc076 {"name":"shop.Lane","type":"record","fields":[{"name":"a","type":["null","string"]}]}
{"type": "record", "name": "Lane", "fields": [{"name": "a", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
  fastavro: 9355cd9932dac485 {"name":"Lane","type":"record","fields":[{"name":"a","type":"long"}]}
  avro: 95cf01cf27b0d10b {"name":"Lane","type":"record","fields":[{"name":"a","type":{"type":"long"}}]}
  hamba: 6bb4fe6e187ee8ee {"name":"Lane","type":"record","fields":[{"name":"a","type":{"type":"long","logicalType":"timestamp-millis"}}]}
  goavro: 95cf01cf27b0d10b {"name":"Lane","type":"record","fields":[{"name":"a","type":{"type":"long"}}]}
{"type": "record", "name": "Lane", "fields": [{"name": "a", "type": {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}}]}
  fastavro: 85c9b8a07a623947 {"name":"Lane","type":"record","fields":[{"name":"a","type":"bytes"}]}
  avro: 14ea0906e6ef09fe {"name":"Lane","type":"record","fields":[{"name":"a","type":{"type":"bytes"}}]}
  hamba: 6df0aab35dfad7a3 {"name":"Lane","type":"record","fields":[{"name":"a","type":{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}}]}
  goavro: 9a789c867ac27b20 {"name":"Lane","type":"record","fields":[{"name":"a","type":{"name":"bytes.decimal","type":"bytes"}}]}
{"type": "record", "name": "Lane", "fields": [{"name": "a", "type": {"type": "string", "avro.java.string": "String"}}]}
  fastavro: 450a42fd83fcd2cd {"name":"Lane","type":"record","fields":[{"name":"a","type":"string"}]}
  avro: 6347752431a5f5e0 {"name":"Lane","type":"record","fields":[{"name":"a","type":{"type":"string"}}]}
  hamba: 450a42fd83fcd2cd {"name":"Lane","type":"record","fields":[{"name":"a","type":"string"}]}
  goavro: 6347752431a5f5e0 {"name":"Lane","type":"record","fields":[{"name":"a","type":{"type":"string"}}]}
{"type": "record", "name": "shop.Lane", "fields": [{"name": "a", "type": {"type": "enum", "name": "E", "namespace": "", "symbols": ["A"]}}]}
  fastavro: e97a23629e69a05e {"name":"shop.Lane","type":"record","fields":[{"name":"a","type":{"name":"E","type":"enum","symbols":["A"]}}]}
  avro: 5d14949473039b82 {"name":"shop.Lane","type":"record","fields":[{"name":"a","type":{"name":"shop.E","type":"enum","symbols":["A"]}}]}
  hamba: 5d14949473039b82 {"name":"shop.Lane","type":"record","fields":[{"name":"a","type":{"name":"shop.E","type":"enum","symbols":["A"]}}]}
  goavro: e97a23629e69a05e {"name":"shop.Lane","type":"record","fields":[{"name":"a","type":{"name":"E","type":"enum","symbols":["A"]}}]}
E1
diff expected seen
