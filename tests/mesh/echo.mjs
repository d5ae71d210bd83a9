// A pod's application, or those of all pods without an Envoy at once. Answers on each port, in whatever protocol the
// client begins to speak (HTTP/1, HTTP/2 in clear, lines), with the address that was dialled, from which the pod is
// known, and with the colour that arrived. Argument: {"colour": header, "forwards": header that it copies to its calls, "ports": [[number, address to bind], …],
// "address": the pod's own, if it cannot be told by what was dialled}. Prints "ready".
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";

const { colour, forwards, ports, address } = JSON.parse(process.argv[2]);
const GREETING = Buffer.from("PRI * HTTP/2.0");
const METHOD = /^[A-Z]+ \//;

// `?via=address,port,host,forward;…` makes the application call on, copying what carries the colour if `forward` is 1.
async function answer(request, response) {
  const values = request.headers[colour];
  const said = { address: own(request.socket), port: request.socket.localPort, colour: values === undefined ? null : String(values) };
  const via = new URL(request.url, "http://x").searchParams.get("via");
  if (via) said.next = await call(via, request.headers[forwards]).catch((error) => ({ error: String(error) }));
  const body = JSON.stringify(said);
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
  response.end(body);
}

function own(socket) {
  return address ?? socket.localAddress.replace("::ffff:", "");
}

function call(via, received) {
  const [first, ...rest] = via.split(";");
  const [host, port, name, forward] = first.split(",");
  const headers = { host: name, ...(forward === "1" && received !== undefined ? { [forwards]: received } : {}) };
  const path = rest.length ? "/?via=" + encodeURIComponent(rest.join(";")) : "/";
  return new Promise((resolve, reject) => {
    http.get({ host, port, path, headers, agent: false, timeout: 5000 }, (reply) => {
      let text = "";
      reply.on("data", (part) => (text += part));
      reply.on("end", () => resolve(reply.statusCode === 200 ? JSON.parse(text) : { error: `${reply.statusCode} ${text}` }));
    }).on("error", reject);
  });
}

const one = http.createServer({ keepAliveTimeout: 600000 }, answer);
const two = http2.createServer(answer);

function listen(socket) {
  socket.on("error", () => {});
  socket.once("data", (begin) => {
    if (begin.subarray(0, GREETING.length).equals(GREETING)) hand(two, socket, begin);
    else if (METHOD.test(begin.toString("latin1"))) hand(one, socket, begin);
    else socket.end(JSON.stringify({ address: own(socket), port: socket.localPort, colour: null }) + "\n");
  });
}

function hand(server, socket, begin) {
  socket.pause();
  socket.unshift(begin);
  server.emit("connection", socket);
  process.nextTick(() => socket.resume());
}

let waiting = ports.length;
if (waiting === 0) console.log("ready");
for (const [port, bind] of ports) net.createServer({ noDelay: true }, listen).listen(port, bind, () => { if (--waiting === 0) console.log("ready"); });
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
