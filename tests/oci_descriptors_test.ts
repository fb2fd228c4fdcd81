/**
 * Which descriptors of the caller a container's process gets: three, and those
 * asked for.
 *
 * @module
 */
import assert from "node:assert/strict";
import { needs } from "./facts.ts";
import { nameIn, ROOTFS, start } from "./container.ts";
import { startSleeper } from "./oci.ts";
import {
  command,
  eventually,
  makeBundle,
  RKL,
  type Sandbox,
  sandbox,
} from "./rkl.ts";

/** Runs `rkl` with /dev/zero open at each number of `open`, and no others. */
async function withOpen(
  box: Sandbox,
  open: string,
  words: string[],
): Promise<string[]> {
  const { stdout, stderr } = await command("bash", [
    "-c",
    `for i in {3..255}; do eval "exec $i<&-"; done
     for i in ${open}; do eval "exec $i</dev/zero"; done; exec "$@"`,
    "bash",
    RKL,
    ...box.roots,
    ...words,
  ]);
  assert.equal(stderr, "");
  return stdout.trimEnd().split("\n");
}

/** Prints the shell's descriptors, but for the one that looks for them. */
const SHOW = [
  "sh",
  "-c",
  'for fd in /proc/$$/fd/*; do [ ! -L "$fd" ] || echo ${fd##*/}; done',
];

Deno.test({
  name: "a container inherits no descriptor of the caller or of rkl",
  ...needs("root", "tool:bash"),
  async fn() {
    await using box = sandbox();
    const bundle = await makeBundle(`${box.directory}/bundle`, (config) => {
      config.process.args = SHOW;
    });
    const open = "$(seq 3 9) $(seq 20 80) 200 255";
    const fds = await withOpen(box, open, ["run", "-b", bundle, "it"]);
    assert.deepEqual(fds, ["0", "1", "2"]);
  },
});

Deno.test({
  name: "--preserve-fds passes on the caller's, and none of rkl's in between",
  ...needs("root", "native", "tool:bash"),
  async fn() {
    await using box = sandbox();
    const bundle = await makeBundle(`${box.directory}/bundle`, (config) => {
      config.process.args = SHOW;
    });
    const run = ["run", "-b", bundle, "--preserve-fds"];
    const [two, gaps] = await Promise.all([
      withOpen(box, "3 4 5", [...run, "2", "a"]),
      withOpen(box, "3 7 30", [...run, "20", "b"]),
    ]);
    assert.deepEqual(two, ["0", "1", "2", "3", "4"]);
    assert.deepEqual(gaps!.sort(), ["0", "1", "2", "3", "7"]);
  },
});

Deno.test({
  name: "exec passes on three descriptors, and those of --preserve-fds",
  ...needs("root", "native", "tool:bash"),
  async fn() {
    await using box = sandbox();
    await startSleeper(box);
    const [none, one] = await Promise.all([
      withOpen(box, "3 4 40", ["exec", "it", ...SHOW]),
      withOpen(box, "3 4 40", ["exec", "--preserve-fds", "1", "it", ...SHOW]),
    ]);
    assert.deepEqual(none, ["0", "1", "2"]);
    assert.deepEqual(one, ["0", "1", "2", "3"]);
  },
});

Deno.test({
  name: "a container that waits for start cannot be looked into from inside",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const { pid } = await startSleeper(box);
    const bundle = await makeBundle(`${box.directory}/second`, (config) => {
      config.linux.namespaces = config.linux.namespaces.map(
        (entry: { type: string }) =>
          entry.type === "pid"
            ? { ...entry, path: `/proc/${pid}/ns/pid` }
            : entry,
      );
    });
    const words = [...box.roots, "create", "--bundle", bundle, "second"];
    await command("sh", ["-c", '"$0" "$@" >&- 2>&-', RKL, ...words]);
    // The waiting init is process 2 of the namespace that both are in.
    const script = "ls -d /proc/2/root/etc /proc/2/fd/3/; cat /proc/2/environ";
    const peek = await box.rkl("exec", "it", "sh", "-c", script);
    assert.equal(peek.stdout, "");
    assert.match(peek.stderr, /^(.*: Permission denied\n){3}$/);
  },
});

Deno.test({
  name: "no descriptor leads the kernel to a program of the host",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    // Static, and what it does it has from its name.
    const program = `${box.directory}/echo`;
    Deno.copyFileSync(`${ROOTFS}/bin/busybox`, program);
    const numbers = Array.from({ length: 40 }, (_, i) => 3 + i);
    const answers = await Promise.all(numbers.map(async (fd) => {
      const path = `/proc/self/fd/${fd}${"/..".repeat(10)}${program}`;
      const words = ["container", "run", "--rm", ROOTFS, path, "escaped"];
      return (await box.rkl(...words)).code;
    }));
    assert.deepEqual(answers.filter((code) => code !== 127), []);
    // By a link in the image, and as a script's interpreter.
    const upper = "i=2; while [ $((i+=1)) -lt 43 ]; do " +
      `p=/proc/self/fd/$i${"/..".repeat(10)}${program}; ` +
      'ln -s $p /link$i; printf "#!$p\\n" > /script$i; chmod 755 /script$i; ' +
      "done; exec sleep 1000";
    const name = nameIn(box);
    await start(box, ["--name", name, ROOTFS, "sh", "-c", upper]);
    await eventually("all are there", async () => {
      const look = ["container", "exec", name, "test", "-x", "/script42"];
      return (await box.rkl(...look)).code === 0;
    });
    for (const kind of ["link", "script"]) {
      const codes = await Promise.all(numbers.map(async (fd) => {
        const words = ["container", "exec", name, `/${kind}${fd}`, "escaped"];
        return (await box.rkl(...words)).code;
      }));
      // 126 where it is a file, which leads nowhere.
      assert.deepEqual(codes.filter((code) => code < 126), [], kind);
    }
  },
});
