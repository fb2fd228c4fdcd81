import assert from "node:assert/strict";
import type { Publication } from "../../container/network/publication.ts";
import { portsText } from "./ports_text.ts";

function port(
  hostIP: string,
  hostPort: number,
  containerPort: number,
  protocol: Publication["protocol"] = "tcp",
): Publication {
  const containerIP = hostIP.includes(":") ? "fd09::2" : "10.9.0.2";
  return { hostIP, hostPort, containerIP, containerPort, protocol };
}

Deno.test("published ports are shown as docker does, IPv4 first", () => {
  assert.equal(portsText([]), "");
  assert.equal(
    portsText([
      port("::", 8080, 80),
      port("0.0.0.0", 8080, 80),
      port("127.0.0.1", 53, 53, "udp"),
    ]),
    "0.0.0.0:8080->80/tcp, 127.0.0.1:53->53/udp, [::]:8080->80/tcp",
  );
});

Deno.test("ports in a row are one", () => {
  const some = [3, 0, 1, 2].map((at) => port("0.0.0.0", 8000 + at, 80 + at));
  assert.equal(portsText(some), "0.0.0.0:8000-8003->80-83/tcp");
  assert.equal(
    portsText([...some, port("0.0.0.0", 8004, 90), port("::", 8001, 81)]),
    "0.0.0.0:8000-8003->80-83/tcp, 0.0.0.0:8004->90/tcp, [::]:8001->81/tcp",
  );
  assert.equal(
    portsText([port("0.0.0.0", 8000, 80), port("0.0.0.0", 8001, 80)]),
    "0.0.0.0:8000->80/tcp, 0.0.0.0:8001->80/tcp",
  );
});
