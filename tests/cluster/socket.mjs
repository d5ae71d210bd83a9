// A unix socket before a port on loopback, which no other network namespace can reach: socket.mjs PATH PORT
import fs from "node:fs";
import net from "node:net";

const [path, port] = process.argv.slice(2);
net.createServer((near) => {
  const far = net.connect(Number(port), "127.0.0.1");
  near.pipe(far).pipe(near);
  near.on("error", () => far.destroy());
  far.on("error", () => near.destroy());
}).listen(path, () => fs.chmodSync(path, 0o777));
