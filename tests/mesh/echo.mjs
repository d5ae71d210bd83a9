// Every pod's application at once: answers on each port with the address that was dialled, from which the pod is
// known, and with the colour that arrived. Arguments: a JSON list of {port, protocol}; prints "ready".
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";

const ports = JSON.parse(process.argv[2]);
const colour = process.argv[3];

function answer(request, response) {
  const values = request.headers[colour];
  const body = JSON.stringify({ address: request.socket.localAddress, colour: values === undefined ? null : String(values) });
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
  response.end(body);
}

const servers = ports.map(({ port, protocol }) => {
  if (protocol === "tcp") return [port, net.createServer((socket) => { socket.on("error", () => {}); socket.end(socket.localAddress + "\n"); })];
  return [port, protocol === "http" ? http.createServer({ keepAliveTimeout: 600000 }, answer) : http2.createServer(answer)];
});
let waiting = servers.length;
if (waiting === 0) console.log("ready");
for (const [port, server] of servers) server.listen(port, "0.0.0.0", () => { if (--waiting === 0) console.log("ready"); });
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
