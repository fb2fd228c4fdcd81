import assert from "node:assert/strict";
import { needs } from "../../tests/facts.ts";
import { findIdmapped, findOverlay } from "./layers.ts";
import { findNamespaces } from "./namespaces.ts";
import { findCapabilities, findSecurity } from "./security.ts";
import { tryInProcess } from "./trial.ts";

Deno.test({
  name: "calls are tried in order, and each is told",
  ...needs("root"),
  fn() {
    const [ENOENT, EBADF] = [2, 9];
    const results = tryInProcess([
      { key: "none", call: ["unlinkat", -100, "/nosuch/file", 0] },
      { call: ["chdir", "/"] },
      { key: "closed", call: ["close", 1000] },
      { key: "fine", call: ["chdir", "/proc"] },
    ]);
    assert.deepEqual([...results], [
      ["none", -ENOENT],
      ["closed", -EBADF],
      ["fine", 0],
    ]);
  },
});

Deno.test({
  name: "namespaces and layers are tried without a trace",
  ...needs("root"),
  fn() {
    const look = () =>
      ["mnt", "net", "user", "uts"].map((name) =>
        Deno.readLinkSync(`/proc/thread-self/ns/${name}`)
      );
    const mounts = () => Deno.readTextFileSync("/proc/self/mountinfo");
    const before = [look(), mounts()];
    const directory = Deno.makeTempDirSync({ prefix: "rkl-host-" });
    try {
      const found = [
        ...findNamespaces(),
        findOverlay(directory),
        findOverlay(`${directory}/nosuch/containers`),
        findIdmapped(directory),
      ];
      assert.equal(found.length, 11);
      for (const { name, status, detail } of found) {
        assert.notEqual(status, "unknown", `${name}: ${detail}`);
      }
      const always = ["mount", "pid", "network", "ipc", "uts"];
      for (const type of always) {
        const one = found.find(({ name }) => name === `${type}-namespace`);
        assert.equal(one?.status, "ok", type);
      }
      assert.deepEqual([...Deno.readDirSync(directory)], []);
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
    assert.deepEqual([look(), mounts()], before);
  },
});

Deno.test("capabilities are read from the effective set", () => {
  const statusWith = (mask: string) =>
    findCapabilities(`Name:\trkl\nCapEff:\t${mask}\nCapBnd:\t0\n`)
      .filter(({ status }) => status === "ok").map(({ name }) => name);
  assert.deepEqual(statusWith("0000000000000000"), []);
  assert.deepEqual(statusWith("0000000001201000"), [
    "cap-sys-admin",
    "cap-net-admin",
    "cap-sys-resource",
  ]);
});

Deno.test("seccomp and security modules are asked of the kernel", () => {
  const found = new Map(findSecurity().map((one) => [one.name, one]));
  const filters = Deno.readTextFileSync("/proc/self/status")
    .includes("\nSeccomp_filters:");
  assert.equal(found.get("seccomp")!.status === "missing", !filters);
  assert.ok(found.has("apparmor") && found.has("selinux"));
});
