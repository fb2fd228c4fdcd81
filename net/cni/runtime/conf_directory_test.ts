import assert from "node:assert/strict";
import { readConfDirectory } from "./conf_directory.ts";

function directoryOf(files: Record<string, unknown>) {
  const directory = Deno.makeTempDirSync({ prefix: "rkl-conf-" });
  for (const [name, content] of Object.entries(files)) {
    const path = `${directory}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    const text = typeof content === "string"
      ? content
      : JSON.stringify(content);
    Deno.writeTextFileSync(path, text);
  }
  return {
    directory,
    [Symbol.dispose]: () => Deno.removeSync(directory, { recursive: true }),
  };
}

const network = (name: string, type = "bridge") => ({
  cniVersion: "1.0.0",
  name,
  plugins: [{ type }],
});

Deno.test("networks are read in the order of their files; the first of a name counts", () => {
  using dir = directoryOf({
    "20-b.conflist": network("b"),
    "10-a.conflist": network("a"),
    "30-a.conflist": network("a", "other"),
    "15-c.conf": { cniVersion: "0.4.0", name: "c", type: "ptp" },
    "notes.txt": "not looked at",
    "README.conflist.dpkg-old": "nor this",
  });
  const { networks, warnings } = readConfDirectory(dir.directory);
  assert.deepEqual(networks.map(({ name }) => name), ["a", "c", "b"]);
  assert.equal(networks[0]!.plugins[0]!.type, "bridge");
  assert.deepEqual(warnings, [
    `${dir.directory}/30-a.conflist is passed over: ` +
    `${dir.directory}/10-a.conflist is the network "a" already`,
  ]);
});

Deno.test("a wrong file is told of and hides no other", () => {
  using dir = directoryOf({
    "10.conflist": "{",
    "20.conflist": network("good"),
    "30.conflist": { cniVersion: "1.0.0", name: "none", plugins: [] },
  });
  Deno.symlinkSync("/nowhere", `${dir.directory}/40.conf`);
  const { networks, warnings } = readConfDirectory(dir.directory);
  assert.deepEqual(networks.map(({ name }) => name), ["good"]);
  assert.equal(warnings.length, 3);
  assert.match(warnings[0]!, /10\.conflist:1:2: not valid JSON/);
  assert.match(warnings[1]!, /30\.conflist:1:1: plugins: missing/);
  assert.match(warnings[2]!, /40\.conf:1:1: cannot be read: No such file/);
});

Deno.test("plugins in a directory of the network's name follow its own", () => {
  const more = { "a/2.conf": { type: "two" }, "a/1.conf": { type: "one" } };
  using dir = directoryOf({ "a.conflist": network("a"), ...more });
  const types = ({ directory }: { directory: string }) =>
    readConfDirectory(directory).networks[0]!.plugins.map(({ type }) => type);
  assert.deepEqual(types(dir), ["bridge", "one", "two"]);
  const only = { ...network("a"), loadOnlyInlinedPlugins: true };
  using inlined = directoryOf({ "a.conflist": only, ...more });
  assert.deepEqual(types(inlined), ["bridge"]);
});

Deno.test("where there is no directory there are no networks", () => {
  assert.deepEqual(readConfDirectory("/nowhere/net.d"), {
    networks: [],
    warnings: [],
  });
});
