import assert from "node:assert/strict";
import type { Mount } from "../../runtime/spec.ts";
import { isWritable, mountTarget } from "./target.ts";

const RESOLV_CONF = "/etc/resolv.conf";

/** A root filesystem, and what `mountTarget()` says of a file in it. */
function rootfs() {
  const path = Deno.makeTempDirSync();
  Deno.mkdirSync(`${path}/etc`);
  return {
    path,
    target: (mounts: readonly Mount[], writable = true) =>
      mountTarget(
        { root: { path, readonly: false }, mounts: [...mounts] },
        RESOLV_CONF,
        writable,
      ),
    link: (to: string, from = RESOLV_CONF) =>
      Deno.symlinkSync(to, `${path}${from}`),
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}

function bind(source: string, destination: string): Mount {
  return { type: "none", source, destination, options: ["rbind"] };
}

Deno.test("a file is mounted over what the image has, or lacks", () => {
  using at = rootfs();
  assert.equal(at.target([]), RESOLV_CONF);
  assert.equal(at.target([], false), undefined);
  Deno.writeTextFileSync(`${at.path}${RESOLV_CONF}`, "");
  assert.equal(at.target([], false), RESOLV_CONF);
});

Deno.test("a link of the image is followed, though it leads to nothing", () => {
  const cases: [link: string, target: string][] = [
    [
      "../run/systemd/resolve/stub-resolv.conf",
      "/run/systemd/resolve/stub-resolv.conf",
    ],
    ["/run/x", "/run/x"],
    ["../../../x", "/x"],
    ["other", "/etc/other"],
  ];
  for (const [link, target] of cases) {
    using at = rootfs();
    at.link(link);
    assert.equal(at.target([]), target);
  }
  using at = rootfs();
  at.link("other");
  at.link("/run/last", "/etc/other");
  assert.equal(at.target([]), "/run/last");
});

Deno.test("links in a circle lead nowhere", () => {
  using at = rootfs();
  at.link("other");
  at.link("resolv.conf", "/etc/other");
  assert.equal(at.target([]), undefined);
});

Deno.test("what is mounted there stays; in the user's directories nothing is made", () => {
  using at = rootfs();
  using own = rootfs();
  const tmpfs = {
    type: "tmpfs",
    source: "tmpfs",
    destination: "/etc",
    options: [],
  };
  assert.equal(
    at.target([bind("/dev/null", "//etc//resolv.conf/")]),
    undefined,
  );
  assert.equal(at.target([bind(`${own.path}/etc`, "/etc/")]), undefined);
  assert.equal(at.target([bind("/dev/null", "/et")]), RESOLV_CONF);
  assert.equal(at.target([tmpfs]), RESOLV_CONF);
  Deno.writeTextFileSync(`${own.path}${RESOLV_CONF}`, "");
  assert.equal(at.target([bind(`${own.path}/etc`, "/etc/")]), RESOLV_CONF);
  // The last of two is on top.
  assert.equal(
    at.target([bind("/dev/null", RESOLV_CONF), tmpfs]),
    RESOLV_CONF,
  );
  // Also where a link leads.
  at.link("/run/resolv.conf");
  assert.equal(
    at.target([bind("/dev/null", "/run/resolv.conf")]),
    undefined,
  );
});

Deno.test("isWritable() tells a filesystem that takes files", () => {
  using at = rootfs();
  assert.equal(isWritable(at.path), true);
  assert.equal(isWritable("/proc/self"), false);
});
