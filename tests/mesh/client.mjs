// Runs inside a pod's namespace: one JSON request a line in, one JSON answer a line out.
//
// Request: {"address", "port", "host", "path", "headers": [[name, value], …], "http2": true for HTTP/2 in clear}, or
// {"address", "port", "tcp": true}, or {"address", "port", "raw": bytes in Latin-1}. Answer: {"status", "body"}; {"error"} if no answer came or it was cut.
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import readline from "node:readline";

const MILLISECONDS = 5000;
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const sessions = new Map();

function fields(headers) {
  const found = {}; // a name given twice is sent twice
  for (const [written, value] of headers ?? []) {
    const name = written.toLowerCase();
    found[name] = name in found ? [found[name], value].flat() : value;
  }
  return found;
}

function one({ address, port, host, path, headers }, answer) {
  const request = http.get({ host: address, port, path: path ?? "/", headers: [["host", host], ...(headers ?? [])].flat(), agent, timeout: MILLISECONDS }, (reply) => {
    let body = "";
    reply.setEncoding("utf8");
    reply.on("data", (part) => (body += part));
    reply.on("end", () => answer({ status: reply.statusCode, body }));
    reply.on("error", (error) => answer({ error: String(error) }));
  });
  request.on("timeout", () => request.destroy(new Error("timeout")));
  request.on("error", (error) => {
    // A kept connection may be closed between two requests; a caller asks again on a new one.
    if (request.reusedSocket && error.code === "ECONNRESET") one({ address, port, host, path, headers }, answer);
    else answer({ error: String(error) });
  });
}

function two({ address, port, host, path, headers }, answer) {
  const key = `${address}:${port}`;
  let session = sessions.get(key);
  if (!session || session.closed || session.destroyed) {
    session = http2.connect(`http://${key}`);
    session.on("error", () => sessions.delete(key));
    session.on("goaway", () => sessions.delete(key));
    session.on("close", () => sessions.delete(key));
    sessions.set(key, session);
  }
  const stream = session.request({ ":authority": host, ":path": path ?? "/", ...fields(headers) });
  let status, body = "";
  stream.setEncoding("utf8");
  stream.setTimeout(MILLISECONDS, () => stream.destroy(new Error("timeout")));
  stream.on("response", (said) => (status = said[":status"]));
  stream.on("data", (part) => (body += part));
  stream.on("error", (error) => answer({ error: String(error) }));
  stream.on("close", () => answer(status === undefined ? { error: "closed" } : { status, body }));
  stream.end();
}

// Bytes as they are, header lines that no client would send among them; the answer is what came until the end.
function raw({ address, port, raw }, answer) {
  let said = "";
  const socket = net.connect({ host: address, port, timeout: MILLISECONDS }, () => socket.write(Buffer.from(raw, "latin1")));
  socket.setEncoding("latin1");
  socket.on("data", (part) => {
    said += part;
    const head = /^[^]*?\r\n\r\n/.exec(said)?.[0];
    const length = head && /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    if (length && said.length >= head.length + Number(length)) socket.end(); // the server may keep it open
  });
  socket.on("timeout", () => socket.destroy(new Error("timeout")));
  socket.on("error", (error) => answer({ error: String(error) }));
  socket.on("close", () => {
    const [, status, body] = /^HTTP\/1\.1 (\d+)[^]*?\r\n\r\n([^]*)$/.exec(said) ?? [];
    answer(status ? { status: Number(status), body } : { error: "closed" });
  });
}

function lines({ address, port }, answer) {
  let said = "";
  const socket = net.connect({ host: address, port, timeout: MILLISECONDS }, () => socket.write("hello\n")); // policies on TCP are asked at the client's first byte
  socket.on("data", (part) => (said += part));
  socket.on("timeout", () => socket.destroy(new Error("timeout")));
  socket.on("error", (error) => answer({ error: String(error) }));
  socket.on("close", () => answer(said ? { status: 200, body: said.trim() } : { error: "closed" }));
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const request = JSON.parse(line);
  let open = true;
  const answer = (said) => { if (open) { open = false; process.stdout.write(JSON.stringify(said) + "\n"); } };
  (request.tcp ? lines : request.raw ? raw : request.http2 ? two : one)(request, answer);
}).on("close", () => process.exit(0));
