import assert from "node:assert/strict";
import { parseAddress } from "../address.ts";
import { formatPrefix, parsePrefix } from "../prefix.ts";
import {
  boundAddress,
  checkDescription,
  formatPort,
  type PublishedPort,
  samePort,
  sourcesOf,
} from "./description.ts";

const WEB: PublishedPort = {
  owner: "web",
  protocol: "tcp",
  hostPort: 8080,
  address: parseAddress("10.88.0.2"),
  port: 80,
};
const LOCAL = { ...WEB, hostAddress: parseAddress("127.0.0.1") };
const WEB6 = { ...WEB, address: parseAddress("fd00::2") };

function check(...ports: PublishedPort[]) {
  return checkDescription({ networks: [], ports });
}

Deno.test("a port is told with both of its ends", () => {
  assert.equal(formatPort(WEB), "0.0.0.0:8080/tcp to 10.88.0.2:80");
  assert.equal(formatPort(LOCAL), "127.0.0.1:8080/tcp to 10.88.0.2:80");
  const from = [parsePrefix("fd00::/8"), parsePrefix("::1/128")];
  assert.equal(
    formatPort({ ...WEB6, protocol: "udp", from }),
    "[::]:8080/udp to [fd00::2]:80 from fd00::/8, ::1/128",
  );
});

Deno.test("ports that cannot be are refused", () => {
  const cases: [PublishedPort, string][] = [
    [{ ...WEB, hostPort: 0 }, "0 is no port, 1 to 65535 are"],
    [{ ...WEB, port: 65536 }, "65536 is no port, 1 to 65535 are"],
    [{ ...WEB, port: 1.5 }, "1.5 is no port, 1 to 65535 are"],
    [{ ...WEB, protocol: "icmp" as "tcp" }, "protocols are tcp, udp, sctp"],
    [
      { ...WEB6, hostAddress: parseAddress("127.0.0.1") },
      "the host's address is of IPv4 and the container's of IPv6; a packet " +
      "stays in its IP version",
    ],
  ];
  for (const [port, problem] of cases) {
    assert.throws(() => check(port), {
      name: "InvalidPortError",
      message: `cannot publish ${formatPort(port)}: ${problem}`,
    });
  }
});

Deno.test("a port is published once on the same address", () => {
  const other = { ...WEB, owner: "other", port: 81 };
  assert.throws(() => check(WEB, other), {
    message: "cannot publish 0.0.0.0:8080/tcp to 10.88.0.2:81: " +
      "web has published it already",
  });
  const any = { ...other, hostAddress: parseAddress("0.0.0.0") };
  assert.throws(() => check(WEB, any), /web has published it already/);
  const { ports } = check(WEB, LOCAL, WEB6, { ...WEB, protocol: "udp" });
  assert.equal(ports.length, 4);
});

Deno.test("a network is named by an interface", () => {
  const networks = [{ bridge: "a b", prefixes: [] }];
  assert.throws(
    () => checkDescription({ networks, ports: [] }),
    /"a b" is no interface name/,
  );
});

Deno.test("0.0.0.0 and :: are all addresses", () => {
  assert.equal(boundAddress(WEB), undefined);
  const all = { ...WEB6, hostAddress: parseAddress("::") };
  assert.equal(boundAddress(all), undefined);
  assert.deepEqual(boundAddress(LOCAL), parseAddress("127.0.0.1"));
  assert(samePort(all, WEB6));
  assert(samePort(LOCAL, { ...LOCAL, owner: "other", port: 1 }));
  assert(!samePort(LOCAL, WEB));
  assert(!samePort(WEB6, WEB));
});

Deno.test("sources that others include are left out", () => {
  const cases: [string[], 4 | 6, string[]][] = [
    [["10.0.0.0/8", "10.1.0.0/16", "10.0.0.0/8"], 4, ["10.0.0.0/8"]],
    [["10.1.0.0/16", "10.0.0.0/8"], 4, ["10.0.0.0/8"]],
    [["fd00::/8", "10.0.0.0/8", "fe80::/10"], 6, ["fd00::/8", "fe80::/10"]],
    [["10.0.0.0/8"], 6, []],
    [[], 4, []],
  ];
  for (const [from, family, sources] of cases) {
    const found = sourcesOf(from.map(parsePrefix), family).map(formatPrefix);
    assert.deepEqual(found, sources);
  }
});
