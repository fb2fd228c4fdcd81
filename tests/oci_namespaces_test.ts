/**
 * Namespaces of a container: new ones, those of the host, and joined ones.
 *
 * @module
 */
import assert from "node:assert/strict";
import { needs } from "./facts.ts";
import {
  leaveRunning,
  makeRootfs,
  runIn,
  startSleeper,
  without,
} from "./oci.ts";
import { makeBundle, sandbox } from "./rkl.ts";

const FILES: Record<string, string> = {
  cgroup: "cgroup",
  ipc: "ipc",
  mount: "mnt",
  network: "net",
  pid: "pid",
  time: "time",
  user: "user",
  uts: "uts",
};

/** The namespaces of a process by type. */
function namespacesOf(pid: number | "self"): Record<string, string> {
  return Object.fromEntries(
    Object.entries(FILES).map((
      [type, file],
    ) => [type, Deno.readLinkSync(`/proc/${pid}/ns/${file}`)]),
  );
}

Deno.test({
  name: "a container has the namespaces it lists, and else the host's",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const { pid } = await startSleeper(box, (config) => {
      config.linux.namespaces.push({ type: "time" });
      config.linux.namespaces = without(config.linux.namespaces, "ipc");
      config.mounts = without(config.mounts, "mqueue");
    });
    const [host, container] = [namespacesOf("self"), namespacesOf(pid)];
    const same = Object.keys(FILES).filter((t) => host[t] === container[t]);
    assert.deepEqual(same, ["ipc", "user"]);
  },
});

Deno.test({
  name: "namespaces are joined by path",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const first = await startSleeper(box, () => {}, "first");
    const second = await startSleeper(box, (config) => {
      config.linux.namespaces = config.linux.namespaces.map(
        ({ type }: { type: string }) =>
          type === "mount"
            ? { type }
            : { type, path: `/proc/${first.pid}/ns/${FILES[type]}` },
      );
      delete config.hostname;
      config.mounts = without(config.mounts, "cgroup");
    }, "second");
    const [one, two] = [first.pid, second.pid].map(namespacesOf);
    const differ = Object.keys(FILES).filter((t) => one![t] !== two![t]);
    assert.deepEqual(differ, ["mount"]);
    const status = Deno.readTextFileSync(`/proc/${second.pid}/status`);
    assert.match(status, /^NSpid:\t\d+\t2$/m);
    // exec finds its way there too
    const { stdout } = await box.rkl("exec", "second", "cat", "/proc/1/comm");
    assert.equal(stdout, "sleep\n");
  },
});

Deno.test({
  name: "a user namespace maps root to another user of the host",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    // Whoever root is mapped to has to get to the root filesystem.
    await Deno.chmod(box.directory, 0o755);
    const rootfs = await makeRootfs(`${box.directory}/rootfs`);
    for (const { name } of Deno.readDirSync(rootfs)) {
      await Deno.chown(`${rootfs}/${name}`, 100_000, 100_000);
    }
    await Deno.chown(rootfs, 100_000, 100_000);
    const { pid } = await startSleeper(box, (config) => {
      config.root.path = rootfs;
      config.process.args = ["/bin/busybox", "sleep", "1000"];
      config.linux.namespaces.push({ type: "user" });
      config.linux.uidMappings = config.linux.gidMappings = [
        { containerID: 0, hostID: 100_000, size: 1000 },
      ];
    });
    const map = Deno.readTextFileSync(`/proc/${pid}/uid_map`);
    assert.deepEqual(map.trim().split(/\s+/), ["0", "100000", "1000"]);
    const { uid, gid } = Deno.statSync(`/proc/${pid}`);
    assert.deepEqual([uid, gid], [100_000, 100_000]);
    const seen = await box.rkl(
      ...["exec", "it", "/bin/busybox", "sh", "-c"],
      "busybox id -u; busybox stat -c '%u %t:%T' /dev/null; echo > /dev/null",
    );
    assert.equal(seen.stderr, "");
    assert.equal(seen.stdout, "0\n65534 1:3\n");
  },
});

Deno.test({
  name: "a path that is no namespace, or of another type, is told",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const join = (path: string) =>
      runIn(box, (config) => {
        config.linux.namespaces = config.linux.namespaces.map(
          (entry: { type: string }) =>
            entry.type === "network" ? { ...entry, path } : entry,
        );
      });
    const missing = await join("/proc/self/ns/nothing");
    assert.match(
      missing.stderr,
      /^rkl: cannot join the network namespace \/proc\/self\/ns\/nothing: ENOENT/,
    );
    const other = await join(`/proc/${Deno.pid}/ns/uts`);
    assert.match(
      other.stderr,
      /^rkl: cannot join the network namespace \/proc\/\d+\/ns\/uts: EINVAL/,
    );
    assert.deepEqual([missing.code, other.code], [125, 125]);
  },
});

Deno.test({
  name: "a container without a mount namespace is refused",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const bundle = await makeBundle(`${box.directory}/bundle`, (config) => {
      config.linux.namespaces = without(config.linux.namespaces, "mount");
    });
    const { code, output } = await leaveRunning(
      box,
      ...["create", "--bundle", bundle, "it"],
    );
    assert.match(
      output,
      /^rkl: linux.namespaces: a "mount" namespace is needed/,
    );
    assert.equal(code, 125);
  },
});
