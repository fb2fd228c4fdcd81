import assert from "node:assert/strict";
import { CNI_CODE, CniError, formatError, parseError } from "./error.ts";
import { formatResult, parseResult } from "./result.ts";
import { chooseVersion, parseVersion } from "./version.ts";

/** As a plugin of 0.4.0 prints it. */
const OLD = {
  cniVersion: "0.4.0",
  interfaces: [
    { name: "cni0", mac: "00:11:22:33:44:55" },
    { name: "eth0", sandbox: "/run/netns/blue" },
  ],
  ips: [
    { version: "4", interface: 1, address: "10.1.0.5/16", gateway: "10.1.0.1" },
    { version: "6", interface: 1, address: "fd00::5/64" },
  ],
  routes: [{ dst: "0.0.0.0/0" }, { dst: "fd01::/64", gw: "fd00::1" }],
  dns: { nameservers: ["10.1.0.1"] },
};

Deno.test("a result of 0.4.0 becomes one of 1.1.0, and back", () => {
  const result = parseResult(OLD, "prevResult");
  assert.deepEqual(formatResult(result, "1.1.0"), {
    ...OLD,
    cniVersion: "1.1.0",
    ips: [
      { interface: 1, address: "10.1.0.5/16", gateway: "10.1.0.1" },
      { interface: 1, address: "fd00::5/64" },
    ],
  });
  assert.deepEqual(formatResult(result, "0.4.0"), OLD);
});

Deno.test("what 1.1.0 added is left out for older versions", () => {
  const result = parseResult({
    interfaces: [{ name: "eth0", mtu: 1400 }],
    routes: [{ dst: "10.0.0.0/8", mtu: 1300, priority: 7, scope: 253 }],
  }, "the result");
  assert.deepEqual(formatResult(result, "1.0.0"), {
    cniVersion: "1.0.0",
    interfaces: [{ name: "eth0" }],
    routes: [{ dst: "10.0.0.0/8" }],
  });
  assert.deepEqual(formatResult(result, "1.1.0"), {
    cniVersion: "1.1.0",
    interfaces: [{ name: "eth0", mtu: 1400 }],
    routes: [{ dst: "10.0.0.0/8", mtu: 1300, priority: 7, scope: 253 }],
  });
});

Deno.test("null stands for what is not there", () => {
  const result = parseResult({ ips: null, dns: { search: null } }, "it");
  assert.deepEqual(formatResult(result, "1.0.0"), { cniVersion: "1.0.0" });
});

Deno.test("a value that is no result is refused with its place", () => {
  assert.throws(
    () => parseResult({ ips: [{ address: "10.1.0.5" }] }, "prevResult"),
    (error: CniError) =>
      error.code === CNI_CODE.DECODING_FAILURE &&
      /^prevResult is no result.*; ips\[0\]\.address: "10\.1\.0\.5" is no /
        .test(error.message),
  );
  assert.throws(
    () => parseResult({ cniVersion: "9.9.9" }, "it"),
    (error: CniError) => error.code === CNI_CODE.INCOMPATIBLE_VERSION,
  );
});

Deno.test("the newest version that both sides speak is chosen", () => {
  assert.equal(chooseVersion("0.4.0", ["1.1.0", "2.0.0", "1.0.0"]), "1.1.0");
  assert.equal(chooseVersion(undefined, ["0.3.1"]), "0.3.1");
  assert.throws(() => chooseVersion("2.0.0"), /"2\.0\.0" is not supported; /);
  assert.throws(() => parseVersion(undefined), /cniVersion is missing; /);
});

Deno.test("an error is printed and read back", () => {
  const error = new CniError(CNI_CODE.INVALID_CONFIG, "no", "because");
  const printed = formatError(error, "1.0.0");
  assert.deepEqual(printed, {
    cniVersion: "1.0.0",
    code: 7,
    msg: "no",
    details: "because",
  });
  assert.equal(parseError(printed)?.message, "no; because");
  assert.equal(parseError({ msg: "no code" }), undefined);
  assert.equal(parseError(null), undefined);
});
