/**
 * `rkl container exec`.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  cgroupsOf,
  failed,
  proc,
  startSleeper,
  succeeded,
} from "./container.ts";
import { needs } from "./facts.ts";
import { eventually, sandbox } from "./rkl.ts";

const root = needs("root");
/** Tests of what is the same on every kernel. */
const native = needs("root", "native");

Deno.test({
  name:
    "container exec: streams, exit code, 128+n; flags after the name are its",
  ...root,
  async fn() {
    await using box = sandbox();
    const { id } = await startSleeper(box);
    const script = "echo out; echo err >&2; exit 12";
    const [streams, signal, flags] = await Promise.all([
      box.rkl("container", "exec", id, "sh", "-c", script),
      box.rkl("container", "exec", id, "sh", "-c", "kill -TERM $$"),
      box.rkl("c", "exec", id, "ls", "-d", "/bin"),
    ]);
    assert.deepEqual(streams, { code: 12, stdout: "out\n", stderr: "err\n" });
    assert.equal(signal.code, 143);
    assert.equal(succeeded(flags), "/bin\n");
  },
});

Deno.test({
  name: "container exec -e -w -u: environment, directory, user by name",
  ...root,
  async fn() {
    await using box = sandbox();
    const { id } = await startSleeper(box, ["-e", "KEPT=yes", "-w", "/usr"]);
    const script = "pwd; id -u; id -g; echo $KEPT $A $HOST_SAYS";
    const words = ["-e", "A=1", "-e", "HOST_SAYS", "-w", "/tmp", "-u"];
    const [changed, plain, ids] = await Promise.all([
      box.run(
        ["c", "exec", ...words, "daemon", id, "sh", "-c", script],
        { env: { HOST_SAYS: "hi" } },
      ),
      box.rkl("c", "exec", id, "sh", "-c", script),
      box.rkl("c", "exec", "-u", "7:8", id, "sh", "-c", script),
    ]);
    assert.equal(succeeded(changed), "/tmp\n1\n1\nyes 1 hi\n");
    assert.equal(succeeded(plain), "/usr\n0\n0\nyes\n");
    assert.equal(succeeded(ids), "/usr\n7\n8\nyes\n");
  },
});

Deno.test({
  name: "container exec -i passes stdin on to its end; without, there is none",
  ...native,
  async fn() {
    await using box = sandbox();
    const { id } = await startSleeper(box);
    const stdin = "line\n".repeat(200_000);
    const [given, none] = await Promise.all([
      box.run(["c", "exec", "-i", id, "wc", "-c"], { stdin }),
      box.run(["c", "exec", id, "wc", "-c"], { stdin }),
    ]);
    assert.equal(succeeded(given), "1000000\n");
    assert.equal(succeeded(none), "0\n");
  },
});

Deno.test({
  name: "container exec -d returns at once; what it runs is the container's",
  ...root,
  async fn() {
    await using box = sandbox();
    const { id, pid } = await startSleeper(box);
    const words = ["exec", "-d", id, "sh", "-c", "sleep 2000; true"];
    assert.equal(succeeded(await box.rkl("container", ...words)), "");
    const members = () =>
      new Set(
        cgroupsOf(box).flatMap((path) =>
          Deno.readTextFileSync(`${path}/cgroup.procs`).trim().split("\n")
        ),
      );
    await eventually("its sleep runs", () => members().size === 3);
    for (const member of members()) {
      for (const kind of ["pid", "mnt", "net", "uts", "ipc", "cgroup"]) {
        const namespace = `/proc/${member}/ns/${kind}`;
        const expected = Deno.readLinkSync(`/proc/${pid}/ns/${kind}`);
        assert.equal(Deno.readLinkSync(namespace), expected);
      }
      assert.equal(
        /^CapEff:.*$/m.exec(proc(Number(member), "status"))![0],
        /^CapEff:.*$/m.exec(proc(pid, "status"))![0],
      );
    }
  },
});

Deno.test({
  name: "container exec of what is not there: 127, of what cannot run: 126",
  ...native,
  async fn() {
    await using box = sandbox();
    const { id } = await startSleeper(box);
    const [absent, directory, user] = await Promise.all([
      box.rkl("container", "exec", id, "no-such"),
      box.rkl("container", "exec", id, "/etc"),
      box.rkl("container", "exec", "-u", "ghost", id, "true"),
    ]);
    failed(absent, 127, 'exec "no-such": executable file not found in $PATH');
    failed(directory, 126, 'exec "/etc": permission denied: it is a directory');
    failed(
      user,
      125,
      'the image has no user "ghost" in /etc/passwd; give a numeric id',
    );
  },
});

Deno.test({
  name: "container exec passes signals on to what it runs",
  ...native,
  async fn() {
    await using box = sandbox();
    const { id } = await startSleeper(box);
    const script =
      "trap 'exit 11' TERM; echo ready; while :; do sleep .05; done";
    const child = box.spawn(["container", "exec", id, "sh", "-c", script], {
      stdout: "piped",
    });
    const reader = child.stdout.getReader();
    await reader.read();
    child.kill("SIGTERM");
    assert.equal((await child.status).code, 11);
    await reader.cancel();
  },
});
