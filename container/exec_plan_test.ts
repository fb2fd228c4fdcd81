import assert from "node:assert/strict";
import { parseConfig, type Process } from "../runtime/spec.ts";
import { type ExecWishes, planExec } from "./exec_plan.ts";
import { identityOf, UnknownUserError } from "./users.ts";

const PASSWD = [
  ["root", "x", "0", "0", "", "/root", "/bin/sh"],
  ["www", "x", "33", "33", "", "/srv/www", "/bin/sh"],
];

/** The process of a container that has `env` and runs as `uid`. */
function processOf(env: string[], uid = 0): Process {
  return parseConfig({
    ociVersion: "1.1.0",
    process: {
      args: ["server"],
      cwd: "/srv",
      env,
      user: { uid, gid: 7, additionalGids: [8] },
      capabilities: { bounding: ["CAP_KILL"], effective: ["CAP_KILL"] },
    },
    root: { path: "/" },
    linux: { namespaces: [] },
  }, "test").process;
}

function plan(base: Process, wishes: Partial<ExecWishes>): Process {
  const lookUp = (user: string) => identityOf(user, PASSWD, []);
  return planExec(base, { args: ["sh"], ...wishes }, lookUp);
}

Deno.test("planExec() keeps what nothing is said about", () => {
  const base = processOf(["A=1", "HOME=/root"]);
  const { args, ...rest } = plan(base, {});
  const { args: _, ...expected } = base;
  assert.deepEqual(args, ["sh"]);
  assert.deepEqual(rest, expected);
});

Deno.test("planExec(): HOME follows the user, unless it was given", () => {
  const homeOf = (env: string[], wishes: Partial<ExecWishes>, uid = 0) =>
    plan(processOf(env, uid), wishes).env.filter((entry) =>
      entry.startsWith("HOME=")
    );
  assert.deepEqual(homeOf(["HOME=/root"], { user: "www" }), ["HOME=/srv/www"]);
  assert.deepEqual(homeOf(["HOME=/srv/www"], { user: "0" }, 33), [
    "HOME=/root",
  ]);
  assert.deepEqual(homeOf(["HOME=/root"], { user: "99" }), ["HOME=/"]);
  assert.deepEqual(homeOf([], { user: "www" }), ["HOME=/srv/www"]);
  assert.deepEqual(homeOf(["HOME=/given"], { user: "www" }), ["HOME=/given"]);
  assert.deepEqual(
    homeOf(["HOME=/root"], { user: "www", env: ["HOME=/x"] }),
    ["HOME=/x"],
  );
});

Deno.test("an id that the kernel would take for none is refused", () => {
  const lines = [
    "big:x:4294967295:0::/:/bin/sh",
    "grp:x:1:4294967295::/:/bin/sh",
    "odd:x::0::/:/bin/sh",
  ].map((line) => line.split(":"));
  for (
    const user of ["4294967295", "4294967296", "big", "grp", "odd", "1:-1"]
  ) {
    assert.throws(() => identityOf(user, lines, []), UnknownUserError, user);
  }
  const { uid, gid } = identityOf("4294967294:4294967294", lines, []);
  assert.deepEqual([uid, gid], [4294967294, 4294967294]);
});

Deno.test("planExec(): a terminal has a TERM, the container's if it has one", () => {
  assert.deepEqual(plan(processOf([]), { tty: true }).env, ["TERM=xterm"]);
  assert.deepEqual(plan(processOf(["TERM=vt100"]), { tty: true }).env, [
    "TERM=vt100",
  ]);
  assert.deepEqual(plan(processOf([]), {}).env, []);
});

Deno.test("planExec(): another user has its own groups", () => {
  const { uid, gid, additionalGids } =
    plan(processOf([]), { user: "www" }).user;
  assert.deepEqual([uid, gid, additionalGids], [33, 33, []]);
});

Deno.test("planExec(): privileged is every capability, for root to use", () => {
  const { capabilities } = plan(processOf([]), { privileged: true });
  assert.ok(capabilities!.bounding.length > 30);
  assert.deepEqual(capabilities!.effective, capabilities!.bounding);
  const other = plan(processOf([]), { privileged: true, user: "www" });
  assert.ok(other.capabilities!.bounding.length > 30);
  assert.deepEqual(other.capabilities!.effective, []);
});

Deno.test("planExec() refuses a working directory that is relative", () => {
  assert.throws(
    () => plan(processOf([]), { workdir: "srv" }),
    /^PlanError: --workdir srv: must be an absolute path$/,
  );
});
