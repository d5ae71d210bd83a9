#!/usr/bin/env bash
# One tool in three servers of the Model Context Protocol: the official SDKs for Python (mcp 2.3.0)
# and TypeScript (@modelcontextprotocol/sdk 1.32.2), and fastmcp 3.4.11. Its arguments: `tag`, a text
# or null; `tags`, a list of texts; `count`, a whole number.
#
# Guess: what a client sends as a text arrives as that text, and what the tool does not declare is
#   refused: the schema that the server itself published says so of types.
# Seen: the official Python server reads texts as JSON where a parameter is more than `str`: the tag `null`
#   arrives as None and `{"a":1}` is refused as an object. The other two pass both on. A misspelt
#   argument is dropped without a word by both official servers, so the tool runs with its defaults;
#   fastmcp refuses it. `true` is the count 1 in both Python servers, and so is the text "1".
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv official
official/bin/pip -q --disable-pip-version-check install mcp==2.3.0
python3 -m venv fast
fast/bin/pip -q --disable-pip-version-check install fastmcp==3.4.11
npm install --silent --no-fund --no-audit @modelcontextprotocol/sdk@1.32.2 zod@4.6.7 > /dev/null
cat > asked <<'E1'
{"tag":"v1"}
{"tag":"null"}
{"tag":"{\"a\":1}"}
{"tags":"[\"v1\"]"}
{"tga":"v1"}
{"count":true}
{"count":"1"}
E1
cat > official.py <<'E1'
import asyncio, json, sys
from mcp.server.mcpserver import MCPServer
server = MCPServer("tags")
@server.tool()
def take(tag: str | None = None, tags: list[str] | None = None, count: int = 0) -> str:
    return f"{tag!r} {tags} {count}"
async def ask():
    for line in sys.stdin:
        try:
            print((await server.call_tool("take", json.loads(line))).structured_content["result"])
        except Exception as error:
            print("refused" if "validation error" in str(error) else error)
asyncio.run(ask())
E1
cat > fast.py <<'E1'
import asyncio, json, sys
from fastmcp import Client, FastMCP
server = FastMCP("tags")
@server.tool()
def take(tag: str | None = None, tags: list[str] | None = None, count: int = 0) -> str:
    return f"{tag!r} {tags} {count}"
async def ask():
    async with Client(server) as client:
        for line in sys.stdin:
            try:
                print((await client.call_tool("take", json.loads(line))).data)
            except Exception as error:
                print("refused" if "validation error" in str(error) else error)
asyncio.run(ask())
E1
cat > official.mjs <<'E1'
import { readFileSync } from "node:fs";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";
const server = new McpServer({ name: "tags", version: "1" });
const inputSchema = {
  tag: z.string().nullable().default(null),
  tags: z.array(z.string()).nullable().default(null),
  count: z.number().int().default(0),
};
server.registerTool("take", { inputSchema }, async ({ tag, tags, count }) => {
  const said = tag === null ? "None" : `'${tag}'`;
  return { content: [{ type: "text", text: `${said} ${tags ?? "None"} ${count}` }] };
});
const [here, there] = InMemoryTransport.createLinkedPair();
const client = new Client({ name: "agent", version: "1" });
await server.connect(here);
await client.connect(there);
for (const line of readFileSync(0, "utf8").trimEnd().split("\n")) {
  const got = await client.callTool({ name: "take", arguments: JSON.parse(line) });
  console.log(got.isError ? "refused" : got.content[0].text);
}
E1
official/bin/python official.py < asked > of-python 2> told
node official.mjs < asked > of-typescript
fast/bin/python fast.py < asked > of-fastmcp 2> told
paste -d'|' asked of-python of-typescript of-fastmcp | tee seen
cat > expected <<'E1'
{"tag":"v1"}|'v1' None 0|'v1' None 0|'v1' None 0
{"tag":"null"}|None None 0|'null' None 0|'null' None 0
{"tag":"{\"a\":1}"}|refused|'{"a":1}' None 0|'{"a":1}' None 0
{"tags":"[\"v1\"]"}|None ['v1'] 0|refused|refused
{"tga":"v1"}|None None 0|None None 0|refused
{"count":true}|None None 1|refused|None None 1
{"count":"1"}|None None 1|refused|None None 1
E1
diff expected seen
