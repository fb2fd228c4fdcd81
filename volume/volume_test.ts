import assert from "node:assert/strict";
import { contentOf, isVolumeName } from "./volume.ts";

Deno.test("a volume has docker's names", () => {
  for (const name of ["ab", "0.x_y-z", "a".repeat(255)]) {
    assert.ok(isVolumeName(name), name);
  }
  for (const name of ["a", ".ab", "a/b", "a b", "", "..", "a".repeat(256)]) {
    assert.ok(!isVolumeName(name), name);
  }
});

Deno.test("contentOf() tells what options mount", () => {
  assert.deepEqual(contentOf({}), { kind: "own" });
  assert.deepEqual(contentOf({ type: "none", o: "bind,ro", device: "/srv" }), {
    kind: "bind",
    device: "/srv",
    options: ["bind", "ro"],
  });
  const nfs = { type: "nfs4", o: "addr=10.0.0.1,soft", device: ":/srv" };
  assert.deepEqual(contentOf(nfs), {
    kind: "filesystem",
    type: "nfs4",
    device: ":/srv",
    options: ["addr=10.0.0.1", "soft"],
  });
});

Deno.test("contentOf() says what is wrong with options", () => {
  const cases: [options: Record<string, string>, message: RegExp][] = [
    [{ typ: "nfs" }, /unknown option "typ"; allowed: type, device, o/],
    [{ size: "1m" }, /needs project quotas/],
    [{ type: "tmpfs" }, /"device" is missing, such as device=tmpfs/],
    [{ device: "/dev/sdb" }, /"type" is missing/],
    [{ o: "bind" }, /"device" is missing, such as device=\/srv/],
    [{ o: "bind", device: "srv" }, /device=srv must be an absolute path/],
    [{ type: "nfs", device: ":/a", o: "addr=fs" }, /addr=IP, .*fs is a name/],
    [
      { type: "nfs", device: ":/a", o: "soft" },
      /addr=IP, the address of the NFS/,
    ],
  ];
  for (const [options, message] of cases) {
    assert.throws(() => contentOf(options), { message });
  }
});
