// Every pod's application at once: answers on each port with the address that was dialled, from which the pod is
// known, and with the colour that arrived. Arguments: a JSON list of {port, protocol}; prints "ready".
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";

const ports = JSON.parse(process.argv[2]);
const colour = process.argv[3];

// `?via=address,port,host,forward;…` makes the application call on, copying the colour if `forward` is 1.
async function answer(request, response) {
  const values = request.headers[colour];
  const said = { address: request.socket.localAddress, colour: values === undefined ? null : String(values) };
  const via = new URL(request.url, "http://x").searchParams.get("via");
  if (via) said.next = await call(via, said.colour).catch((error) => ({ error: String(error) }));
  const body = JSON.stringify(said);
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
  response.end(body);
}

function call(via, received) {
  const [first, ...rest] = via.split(";");
  const [address, port, host, forward] = first.split(",");
  const headers = { host, ...(forward === "1" && received !== null ? { [colour]: received } : {}) };
  const path = rest.length ? "/?via=" + encodeURIComponent(rest.join(";")) : "/";
  return new Promise((resolve, reject) => {
    http.get({ host: address, port, path, headers, agent: false, timeout: 5000 }, (reply) => {
      let text = "";
      reply.on("data", (part) => (text += part));
      reply.on("end", () => resolve(reply.statusCode === 200 ? JSON.parse(text) : { error: `${reply.statusCode} ${text}` }));
    }).on("error", reject);
  });
}

const servers = ports.map(({ port, protocol }) => {
  if (protocol === "tcp") return [port, net.createServer((socket) => { socket.on("error", () => {}); socket.once("data", () => socket.end(socket.localAddress + "\n")); })];
  return [port, protocol === "http" ? http.createServer({ keepAliveTimeout: 600000 }, answer) : http2.createServer(answer)];
});
let waiting = servers.length;
if (waiting === 0) console.log("ready");
for (const [port, server] of servers) server.listen(port, "0.0.0.0", () => { if (--waiting === 0) console.log("ready"); });
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
