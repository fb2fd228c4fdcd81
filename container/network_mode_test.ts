import assert from "node:assert/strict";
import { parseNetworkMode } from "./network_mode.ts";

Deno.test("a network mode is a word, or names of networks", () => {
  assert.deepEqual(parseNetworkMode(["none"]), { kind: "none" });
  assert.deepEqual(parseNetworkMode(["host"]), { kind: "host" });
  assert.deepEqual(parseNetworkMode(["container:web"]), {
    kind: "container",
    name: "web",
  });
  assert.deepEqual(parseNetworkMode(["ns:/run/netns/blue"]), {
    kind: "namespace",
    path: "/run/netns/blue",
  });
  assert.deepEqual(parseNetworkMode(["front", "back"]), {
    kind: "networks",
    names: ["front", "back"],
  });
});

Deno.test("a wrong network mode is told", () => {
  const cases: [words: string[], message: RegExp][] = [
    [["a/b"], /^expected none, host, container:NAME, .* got "a\/b"$/],
    [["container:"], /got "container:"$/],
    [["ns:blue"], /got "ns:blue"$/],
    [["front", "host"], /^"host" is not for several networks$/],
    [["front", "front"], /^"front" is there twice$/],
  ];
  for (const [words, message] of cases) {
    assert.throws(() => parseNetworkMode(words), {
      name: "TypeError",
      message,
    });
  }
});
