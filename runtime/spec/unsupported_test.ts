import assert from "node:assert/strict";
import { type Config, parseConfig } from "../spec.ts";
import { unsupported, warnings } from "./unsupported.ts";

const PROCESS = { args: ["sh"], cwd: "/" };

function configOf(fields: object): Config {
  const root = { path: "rootfs" };
  const config = { ociVersion: "1.2.0", process: PROCESS, root, ...fields };
  return parseConfig(config, "config.json");
}

Deno.test("warnings() names capabilities the kernel does not have", () => {
  const config = configOf({
    process: {
      ...PROCESS,
      capabilities: {
        bounding: ["CAP_KILL", "CAP_CHWON"],
        effective: ["CAP_CHWON"],
      },
    },
  });
  assert.deepEqual(warnings(config), [
    'process.capabilities.bounding: the kernel has no capability "CAP_CHWON"; ' +
    "it is left out",
  ]);
});

Deno.test("unsupported() names what rkl does not do", () => {
  const none = configOf({
    hooks: { prestart: [] },
    process: { ...PROCESS, apparmorProfile: "" },
  });
  assert.deepEqual(unsupported(none), []);
  const config = configOf({ linux: { mountLabel: "a:b:c" } });
  assert.deepEqual(unsupported(config), [
    "linux.mountLabel is not supported: it needs an SELinux context on every " +
    "mount",
  ]);
});
