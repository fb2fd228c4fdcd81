import assert from "node:assert/strict";
import { defaultConfig } from "./default_config.ts";
import { parseConfig, unsupported, warnings } from "./spec.ts";

Deno.test("defaultConfig() is valid and asks for nothing rkl lacks", () => {
  for (const options of [{}, { rootless: { uid: 1000, gid: 1000 } }]) {
    const config = parseConfig(defaultConfig(options), "config.json");
    assert.deepEqual(unsupported(config), []);
    assert.deepEqual(warnings(config), []);
  }
});

Deno.test("defaultConfig() gives six namespaces and three capabilities", () => {
  const { linux, process } = parseConfig(defaultConfig(), "config.json");
  assert.deepEqual(linux.namespaces.map(({ type }) => type), [
    "pid",
    "network",
    "ipc",
    "uts",
    "mount",
    "cgroup",
  ]);
  assert.deepEqual(process.capabilities?.bounding, [
    "CAP_AUDIT_WRITE",
    "CAP_KILL",
    "CAP_NET_BIND_SERVICE",
  ]);
});

Deno.test("defaultConfig() without root maps the caller and mounts no cgroup", () => {
  const { linux, mounts } = parseConfig(
    defaultConfig({ rootless: { uid: 1000, gid: 100 } }),
    "config.json",
  );
  assert.deepEqual(linux.gidMappings, [
    { containerID: 0, hostID: 100, size: 1 },
  ]);
  assert.ok(!mounts.some(({ type }) => type === "cgroup"));
  assert.ok(!mounts.some(({ options }) => options.includes("gid=5")));
});
