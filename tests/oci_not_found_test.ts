/**
 * Programs that cannot be executed: what the message says, and 126 or 127.
 *
 * @module
 */
import assert from "node:assert/strict";
import { needs } from "./facts.ts";
import { leaveRunning, makeRootfs, once } from "./oci.ts";
import { makeBundle, sandbox } from "./rkl.ts";

/** An ELF header of 64 bytes with one program header, PT_INTERP. */
function elf(machine: number, interpreter: string): Uint8Array {
  const path = new TextEncoder().encode(`${interpreter}\0`);
  const bytes = new Uint8Array(64 + 56 + path.length);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  const view = new DataView(bytes.buffer);
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, machine, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(32, 64n, true); // where the program headers are
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, 3, true); // PT_INTERP
  view.setBigUint64(64 + 8, 120n, true);
  view.setBigUint64(64 + 32, BigInt(path.length), true);
  view.setBigUint64(64 + 40, BigInt(path.length), true);
  bytes.set(path, 120);
  return bytes;
}

const [EM_X86_64, EM_AARCH64, EM_S390] = [62, 183, 22];
const OWN = Deno.build.arch === "aarch64" ? EM_AARCH64 : EM_X86_64;
const FILES: Record<string, string | Uint8Array> = {
  script: "#!/opt/missing/python -u\nprint()\n",
  text: "echo not a script\n",
  program: elf(OWN, "/lib/ld-missing.so.1"),
  foreign: elf(EM_S390, "/lib/ld.so.1"),
  empty: "",
};

const CASES: [args: string[], code: number, message: string][] = [
  [["nothing"], 127, 'exec "nothing": executable file not found in $PATH'],
  [
    ["/bin/nothing"],
    127,
    'exec "/bin/nothing": no such file in the root filesystem',
  ],
  [
    ["/opt/script"],
    127,
    'exec "/opt/script": /opt/script is there, but its interpreter ' +
    "/opt/missing/python is not in the root filesystem",
  ],
  [
    ["script"],
    127,
    'exec "script": /opt/script is there, but its interpreter ' +
    "/opt/missing/python is not in the root filesystem",
  ],
  [
    ["/opt/program"],
    127,
    'exec "/opt/program": /opt/program is there, but its loader ' +
    "/lib/ld-missing.so.1 is not in the root filesystem",
  ],
  [
    ["/opt/foreign"],
    126,
    'exec "/opt/foreign": /opt/foreign is a program for s390x, and this ' +
    `host is ${Deno.build.arch}`,
  ],
  [
    ["/opt/text"],
    126,
    'exec "/opt/text": exec format error: it is neither a program for this ' +
    'machine nor a script that begins with "#!"',
  ],
  [
    ["/opt/empty"],
    126,
    'exec "/opt/empty": exec format error: it is neither a program for this ' +
    'machine nor a script that begins with "#!"',
  ],
  [["/etc"], 126, 'exec "/etc": permission denied: it is a directory'],
  [
    ["/opt/plain"],
    126,
    'exec "/opt/plain": permission denied: it is not an executable file, or ' +
    "its filesystem is mounted noexec",
  ],
  [
    ["/opt/text/x"],
    127,
    'exec "/opt/text/x": no such file in the root filesystem',
  ],
];

/** One container's bundle after the other, all over the same root. */
const results = once(async () => {
  await using box = sandbox();
  const rootfs = await makeRootfs(`${box.directory}/rootfs`);
  await Deno.mkdir(`${rootfs}/opt`);
  for (const [name, content] of Object.entries(FILES)) {
    const bytes = typeof content === "string"
      ? new TextEncoder().encode(content)
      : content;
    await Deno.writeFile(`${rootfs}/opt/${name}`, bytes, { mode: 0o755 });
  }
  await Deno.writeTextFile(`${rootfs}/opt/plain`, "", { mode: 0o644 });
  return await Promise.all(CASES.map(async ([args], index) => {
    const bundle = await makeBundle(`${box.directory}/${index}`, (config) => {
      config.root.path = rootfs;
      config.process.args = args;
      config.process.env = ["PATH=/bin:/opt"];
    });
    return await box.rkl("run", "--bundle", bundle, `it${index}`);
  }));
});

for (const [index, [args, code, message]] of CASES.entries()) {
  Deno.test({
    name: `${args[0]} cannot be executed: ${code}`,
    ...needs("root", "native"),
    async fn() {
      const result = (await results())[index];
      assert.deepEqual(result, {
        code,
        stdout: "",
        stderr: `rkl: ${message}\n`,
      });
    },
  });
}

Deno.test({
  name: "start says why the program of a created container did not run",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const rootfs = await makeRootfs(`${box.directory}/rootfs`);
    await Deno.writeTextFile(`${rootfs}/bin/script`, "#!/nowhere\n", {
      mode: 0o755,
    });
    const bundle = await makeBundle(`${box.directory}/bundle`, (config) => {
      config.root.path = rootfs;
      config.process.args = ["script"];
    });
    const created = await leaveRunning(box, "create", "-b", bundle, "it");
    assert.deepEqual(created, { code: 0, output: "" });
    const { code, stderr } = await box.rkl("start", "it");
    assert.equal(
      stderr,
      'rkl: exec "script": /bin/script is there, but its interpreter /nowhere ' +
        "is not in the root filesystem\n",
    );
    assert.equal(code, 127);
  },
});

Deno.test({
  name: "a program that is not there fails create already, as runc has it",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const bundle = await makeBundle(`${box.directory}/bundle`, (config) => {
      config.process.args = ["nothing"];
    });
    const { code } = await box.rkl("create", "--bundle", bundle, "it");
    assert.equal(code, 127);
  },
});

Deno.test({
  name: "PATH is searched past files that may not be executed",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const rootfs = await makeRootfs(`${box.directory}/rootfs`);
    await Deno.mkdir(`${rootfs}/first/true`, { recursive: true });
    await Deno.mkdir(`${rootfs}/second`);
    await Deno.writeTextFile(`${rootfs}/second/true`, "", { mode: 0o644 });
    const bundle = await makeBundle(`${box.directory}/bundle`, (config) => {
      config.root.path = rootfs;
      config.process.args = ["true"];
      config.process.env = ["PATH=/missing:/first:/second:/bin"];
    });
    const result = await box.rkl("run", "--bundle", bundle, "it");
    assert.deepEqual(result, { code: 0, stdout: "", stderr: "" });
  },
});
