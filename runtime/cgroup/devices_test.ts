import assert from "node:assert/strict";
import { DEFAULT_DEVICES, deviceLimits, parseDevices } from "./devices.ts";
import type { LinuxDeviceCgroup } from "./resources.ts";

const DENY_ALL = { allow: false, access: "rwm" };

/** What v1 gets, as `file=value`. */
function written(...list: LinuxDeviceCgroup[]): string[] {
  return deviceLimits(parseDevices(list)).map(({ file, value }) =>
    `${file.replace("devices.", "")}=${value}`
  );
}

Deno.test("what no rule speaks of is denied", () => {
  assert.deepEqual(written(), ["deny=a"]);
  assert.deepEqual(written(DENY_ALL), ["deny=a"]);
});

Deno.test("the default devices are granted one by one", () => {
  assert.deepEqual(written(DENY_ALL, ...DEFAULT_DEVICES), [
    "deny=a",
    "allow=c *:* m",
    "allow=b *:* m",
    "allow=c 1:3 rwm",
    "allow=c 1:5 rwm",
    "allow=c 1:7 rwm",
    "allow=c 1:8 rwm",
    "allow=c 1:9 rwm",
    "allow=c 5:0 rwm",
    "allow=c 5:2 rwm",
    "allow=c 136:* rwm",
  ]);
});

Deno.test("a rule for everything starts the list anew", () => {
  const null_ = { allow: true, type: "c", major: 1, minor: 3, access: "rw" };
  assert.deepEqual(written(null_, { allow: true }), ["allow=a"]);
  assert.deepEqual(
    written({ allow: true, type: "a" }, { ...null_, allow: false }),
    ["allow=a", "deny=c 1:3 rw"],
  );
});

Deno.test("type a with a number or fewer kinds of access means both types", () => {
  assert.deepEqual(written({ allow: true, type: "a", access: "r" }), [
    "deny=a",
    "allow=b *:* r",
    "allow=c *:* r",
  ]);
});

Deno.test("a later rule takes back what an earlier one granted", () => {
  const grant = { allow: true, type: "c", major: 1, minor: 3, access: "rwm" };
  const list = [grant, { ...grant, allow: false, access: "w" }];
  assert.deepEqual(written(...list), ["deny=a", "allow=c 1:3 rm"]);
  const wider = { allow: false, type: "c", major: 1, access: "rwm" };
  assert.deepEqual(written(grant, wider), ["deny=a"]);
});

Deno.test("v1 refuses an exception to an exception, naming both rules", () => {
  const all = { allow: true, type: "c", access: "rwm" };
  const one = { allow: false, type: "c", major: 1, minor: 3, access: "rwm" };
  assert.throws(
    () => written(all, one),
    /cannot deny "c 1:3 rwm" after the wider rule "c \*:\* rwm"/,
  );
});

Deno.test("access granted by two rules can be used at once", () => {
  assert.deepEqual(
    written(
      { allow: true, type: "c", major: 1, access: "r" },
      { allow: true, type: "c", major: 1, minor: 3, access: "w" },
    ),
    ["deny=a", "allow=c 1:* r", "allow=c 1:3 rw"],
  );
});

Deno.test("types and kinds of access that do not exist are refused", () => {
  assert.throws(
    () => parseDevices([{ allow: true, type: "x" }]),
    /types are a, b and c/,
  );
  assert.throws(
    () => parseDevices([{ allow: true, access: "rx" }]),
    /made of r, w and m/,
  );
});
