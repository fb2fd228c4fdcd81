import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type NetworkFile,
  NetworkListError,
  parseNetworkList,
} from "./network_list.ts";

const LIST = {
  cniVersion: "1.0.0",
  name: "front",
  plugins: [
    { type: "bridge", bridge: "cni0", ipam: { type: "host-local" } },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
};

const parse = (value: unknown, file = "a.conflist") =>
  parseNetworkList(JSON.stringify(value, null, 2), file);

function refuses(value: unknown, message: RegExp, file?: string): void {
  assert.throws(() => parse(value, file), (error) => {
    assert(error instanceof NetworkListError);
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("a conflist keeps what its plugins say", () => {
  assert.deepEqual(
    parse(LIST),
    {
      name: "front",
      version: "1.0.0",
      versions: ["1.0.0"],
      disableCheck: false,
      disableGC: false,
      loadOnlyInlinedPlugins: false,
      plugins: LIST.plugins,
    } satisfies NetworkFile,
  );
});

Deno.test("a file with one plugin is a list of one", () => {
  const conf = { cniVersion: "0.4.0", name: "solo", type: "ptp", mtu: 1400 };
  const { plugins, version } = parse(conf, "a.conf");
  assert.deepEqual(plugins, [conf]);
  assert.equal(version, "0.4.0");
  // Installers write lists into *.json too.
  assert.equal(parse(LIST, "a.json").plugins.length, 2);
});

Deno.test("the newest version that is offered and spoken counts", () => {
  const offering = (cniVersion: string, ...cniVersions: string[]) =>
    parse({ ...LIST, cniVersion, cniVersions });
  assert.deepEqual(offering("0.4.0", "1.0.0", "9.0.0").versions, [
    "0.4.0",
    "1.0.0",
  ]);
  assert.equal(offering("1.1.0", "0.3.1").version, "1.1.0");
  assert.equal(offering("9.0.0", "0.3.1").version, "0.3.1");
});

Deno.test("booleans may be words", () => {
  const list = parse({ ...LIST, disableCheck: "TRUE", disableGC: "false" });
  assert.equal(list.disableCheck, true);
  assert.equal(list.disableGC, false);
});

Deno.test("what is wrong is told with file, place, field and what is right", () => {
  refuses(
    { ...LIST, name: "a/b" },
    /^a\.conflist:3:11: name: expected letters, digits, _ \. or -, .*got "a\/b"$/,
  );
  refuses(
    { ...LIST, plugins: [{ type: "../sh" }] },
    /^a\.conflist:6:15: plugins\[0\]\.type: expected the file name of a plugin/,
  );
  refuses(
    { ...LIST, plugins: [{ bridge: "cni0" }] },
    /^a\.conflist:5:5: plugins\[0\]\.type: missing; expected the file name/,
  );
  refuses(
    { ...LIST, plugins: [{ type: "a", capabilities: { mac: "yes" } }] },
    /plugins\[0\]\.capabilities\.mac: expected true or false, got "yes"$/,
  );
  refuses(
    { name: "front", plugins: LIST.plugins },
    /:1:1: cniVersion: missing; expected one of 0\.3\.0, .*1\.1\.0$/,
  );
  refuses(
    { ...LIST, cniVersion: "0.2.0" },
    /:2:17: cniVersion: expected one of .*, got "0\.2\.0"$/,
  );
  refuses(
    { ...LIST, disableGC: 1 },
    /disableGC: expected true or false, got 1/,
  );
  refuses([], /^a\.conflist:1:1: expected an object, got \[\]$/);
  refuses({ cniVersion: "1.0.0", name: "x" }, /type: missing/, "a.conf");
  assert.throws(
    () => parseNetworkList('{\n "name": }', "b.conf"),
    { message: "b.conf:2:10: not valid JSON: expected a value" },
  );
});

Deno.test("any text is a network or a NetworkListError", () => {
  const spoiled = fc.tuple(
    fc.constant(JSON.stringify(LIST)),
    fc.nat(200),
    fc.nat(5),
    fc.string(),
  ).map(([text, at, cut, added]) =>
    text.slice(0, at) + added + text.slice(at + cut)
  );
  const shuffled = fc.json().chain((json) =>
    fc.constantFrom("name", "plugins", "cniVersion", "cniVersions", "type")
      .map((key) => JSON.stringify({ ...LIST, [key]: JSON.parse(json) }))
  );
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.json(), spoiled, shuffled),
      fc.constantFrom("a.conflist", "a.conf"),
      (text, file) => {
        try {
          const { name, plugins, versions } = parseNetworkList(text, file);
          assert.match(name, /^[\w.-]+$/);
          assert(versions.length > 0);
          for (const { type } of plugins) assert(!type.includes("/"));
        } catch (error) {
          if (!(error instanceof NetworkListError)) throw error;
          assert.match(error.message, /^a\.conf(list)?:\d+:\d+: /);
        }
      },
    ),
    { numRuns: 500 },
  );
});
