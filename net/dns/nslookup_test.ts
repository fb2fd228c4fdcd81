import assert from "node:assert/strict";
import { needs } from "../../tests/facts.ts";
import type { Zone } from "./names.ts";
import { DnsServer } from "./server.ts";
import { addresses, DnsLab, table } from "./testing.ts";

const zone: Zone = {
  table: table({ web: ["10.88.0.2", "fd00:88::2"] }),
  domain: "dns.podman",
};

Deno.test({
  name: "busybox finds names and addresses, also below the network's domain",
  ...needs("root", "ipv6", "tool:nsenter", "tool:busybox"),
  async fn() {
    using lab = new DnsLab();
    using server = new DnsServer({
      inside: lab.inside,
      look: () => ({ zones: [zone], forwards: false }),
    });
    server.add({
      name: "front",
      bridge: "rkl0",
      addresses: addresses("10.88.0.1", "fd00:88::1"),
    });
    const lookup = async (...words: string[]) => {
      const { stdout } = await new Deno.Command("nsenter", {
        args: [`--net=${lab.path("web")}`, "busybox", "nslookup", ...words],
      }).output();
      return new TextDecoder().decode(stdout);
    };
    assert.match(
      await lookup("web", "10.88.0.1"),
      /Name:\s+web\nAddress: 10\.88\.0\.2\n[^]*Address: fd00:88::2\n/,
    );
    assert.match(
      await lookup("WEB.dns.podman", "fd00:88::1"),
      /Name:\s+WEB\.dns\.podman\nAddress: 10\.88\.0\.2\n/,
    );
    assert.match(
      await lookup("10.88.0.2", "10.88.0.1"),
      /2\.0\.88\.10\.in-addr\.arpa\s+name = web\n/,
    );
    assert.match(await lookup("nobody", "10.88.0.1"), /NXDOMAIN/);
  },
});
