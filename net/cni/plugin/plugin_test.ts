import assert from "node:assert/strict";
import fc from "fast-check";
import { runPlugin } from "./plugin.ts";

Deno.test("VERSION tells the versions, with stdin or without", async () => {
  const environment = { CNI_COMMAND: "VERSION" };
  const supportedVersions = ["0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"];
  assert.deepEqual(await runPlugin(environment, () => ""), {
    code: 0,
    stdout: { cniVersion: "1.1.0", supportedVersions },
  });
  assert.deepEqual(
    await runPlugin(environment, () => '{"cniVersion": "0.4.0"}'),
    { code: 0, stdout: { cniVersion: "0.4.0", supportedVersions } },
  );
});

Deno.test("a command that a version does not have is refused", async () => {
  const { code, stdout } = await runPlugin(
    { CNI_COMMAND: "GC" },
    () => '{"cniVersion": "1.0.0", "name": "net"}',
  );
  assert.deepEqual([code, stdout], [1, {
    cniVersion: "1.0.0",
    code: 1,
    msg: "cniVersion 1.0.0 has no GC",
  }]);
});

Deno.test("a container that is gone needs no cleaning up", async () => {
  const environment = {
    CNI_COMMAND: "ADD",
    CNI_CONTAINERID: "web",
    CNI_IFNAME: "eth0",
    CNI_NETNS: "/nonexistent",
  };
  const stdin = '{"cniVersion": "0.4.0", "name": "net"}';
  assert.deepEqual(await runPlugin(environment, () => stdin), {
    code: 1,
    stdout: {
      cniVersion: "0.4.0",
      code: 3,
      msg: "cannot enter the network namespace /nonexistent (CNI_NETNS)",
      details: "there is no such file",
    },
  });
});

Deno.test("whatever comes, an error in CNI's shape goes out", async () => {
  const stdin = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({
      cniVersion: fc.constantFrom("0.3.1", "1.0.0", "1.1.0", "7"),
      name: fc.constantFrom("net", "", "../x"),
      ipam: fc.jsonValue(),
      prevResult: fc.jsonValue(),
    }).map((value) => JSON.stringify(value)),
  );
  const environment = fc.record({
    // Others would be about this machine's own network.
    CNI_COMMAND: fc.constantFrom("ADD", "CHECK", "", "add", undefined),
    CNI_CONTAINERID: fc.oneof(fc.constant("web"), fc.string()),
    CNI_IFNAME: fc.oneof(fc.constant("eth0"), fc.string()),
    CNI_ARGS: fc.oneof(fc.constant(""), fc.string()),
    CNI_NETNS: fc.constant("/nonexistent"),
  });
  await fc.assert(
    fc.asyncProperty(environment, stdin, async (environment, stdin) => {
      const output = await runPlugin(environment, () => stdin);
      const { cniVersion, code, msg } = Object(output.stdout);
      assert.equal(output.code, 1);
      assert(Number.isInteger(code) && code > 0);
      assert(typeof msg === "string" && msg !== "");
      assert.match(cniVersion, /^\d\.\d\.\d$/);
    }),
    { numRuns: 500 },
  );
});
