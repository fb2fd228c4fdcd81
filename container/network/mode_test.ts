import assert from "node:assert/strict";
import { check } from "../../sys/schema.ts";
import { networkMode } from "./mode.ts";

/** What a mode is read as, or all that is wrong with it. */
function read(value: unknown) {
  const result = check(networkMode, value);
  if ("value" in result) return result.value;
  return result.problems.map(({ path, message }) => `${path}: ${message}`);
}

Deno.test("a network mode is a word, or names of networks", () => {
  assert.deepEqual(read("none"), { kind: "none" });
  assert.deepEqual(read(["host"]), { kind: "host" });
  assert.deepEqual(read("container:web"), { kind: "container", name: "web" });
  assert.deepEqual(read("ns:/run/netns/blue"), {
    kind: "namespace",
    path: "/run/netns/blue",
  });
  assert.deepEqual(read(["front", "back"]), {
    kind: "networks",
    networks: [
      { name: "front", interface: "eth0", aliases: [] },
      { name: "back", interface: "eth1", aliases: [] },
    ],
  });
});

Deno.test("more can be said of a network", () => {
  const front = {
    name: "front",
    ip: "10.1.0.9",
    ip6: "fd00::9",
    mac: "02:42:0A:01:00:09",
    aliases: ["www", "web_1"],
    interface: "eth1",
  };
  const mac = "02:42:0a:01:00:09";
  assert.deepEqual(read([front, "back", { name: "third" }]), {
    kind: "networks",
    networks: [
      { ...front, mac },
      { name: "back", interface: "eth0", aliases: [] },
      { name: "third", interface: "eth2", aliases: [] },
    ],
  });
  assert.deepEqual(read(front), {
    kind: "networks",
    networks: [{ ...front, mac }],
  });
});

Deno.test("a wrong network mode is told", () => {
  const cases: [value: unknown, ...messages: RegExp[]][] = [
    ["a/b", /^: expected none, host, container:NAME, .* got "a\/b"$/],
    ["container:", /got "container:"$/],
    ["ns:blue", /got "ns:blue"$/],
    [[], /^: expected none, .* got \[\]$/],
    [7, /got 7$/],
    [["front", "host"], /^\[1\]: "host" is not for several networks$/],
    [["front", "front"], /^\[1\]: "front" is there twice$/],
    [
      [{ name: "a", interface: "eth0" }, { name: "b", interface: "eth0" }],
      /^\[1\]: "eth0" is there twice$/,
    ],
    [[{ ip: "10.1.0.9" }], /^\[0\]\.name: missing; expected the name of a net/],
    [{ name: "a", ip: "fd00::1" }, /^ip: "fd00::1" is no IPv4 address$/],
    [{ name: "a", ip6: "10.0.0.1" }, /^ip6: "10.0.0.1" is no IPv6 address$/],
    [{ name: "a", ip: "10.0.0.300" }, /^ip: "10.0.0.300" is no IP address: /],
    [{ name: "a", mac: "01:00:00:00:00:00" }, /^mac: .* a group's/],
    [{ name: "a", interface: "lo" }, /^interface: expected an interface other/],
    [{ name: "a", aliases: ["b c"] }, /^aliases\[0\]: expected 1 to 128 lett/],
    [{ name: "a", ipv4_address: "10.0.0.1" }, /^ipv4_address: is called ip/],
    [["a/b", { name: "c d" }], /^\[0\]: expected/, /^\[1\]\.name: expected/],
  ];
  for (const [value, ...messages] of cases) {
    const told = read(value) as string[];
    assert.equal(told.length, messages.length, JSON.stringify(told));
    messages.forEach((message, at) => assert.match(told[at]!, message));
  }
});
