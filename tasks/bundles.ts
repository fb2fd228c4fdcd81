/**
 * Makes the bundles that examples and tests run: `bundles/busybox`, a small
 * Linux of Debian's static busybox, and `bundles/pause`, nothing but the program
 * that holds a pod's namespaces. `deno task bundles`
 *
 * What is there already is kept, so that a second run is quick and finishes what
 * a first one left. No root is needed.
 *
 * @module
 */
import { defaultConfig } from "../runtime/default_config.ts";
import { pauseProgram } from "../runtime/init/pause.ts";
import { hostArch } from "../sys/numbers.ts";

const bundles = new URL("../bundles/", import.meta.url).pathname;

/** Directories of the busybox root. */
const DIRECTORIES = [
  "bin",
  "dev",
  "etc",
  "home",
  "proc",
  "root",
  "run",
  "sbin",
  "sys",
  "tmp",
  "usr/bin",
  "usr/sbin",
  "var/log",
  "var/tmp",
];
/** Their modes, where not 755. */
const MODES: Record<string, number> = {
  "root": 0o700,
  "tmp": 0o1777,
  "var/tmp": 0o1777,
};

/** Files of the busybox root; `nobody` is who it is on Debian too. */
const FILES: Record<string, string> = {
  "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n" +
    "daemon:x:1:1:daemon:/:/bin/false\n" +
    "nobody:x:65534:65534:nobody:/:/bin/false\n",
  "etc/group": "root:x:0:\ndaemon:x:1:\nnogroup:x:65534:\n",
  "etc/hosts": "127.0.0.1\tlocalhost\n::1\tlocalhost\n",
  "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
  "etc/profile": "export PATH=/bin:/sbin:/usr/bin:/usr/sbin\n",
};

/** What is in the root of each bundle, and what it runs. */
const BUNDLES: Record<
  string,
  { args: string[]; fill: (root: string) => Promise<void> }
> = {
  busybox: { args: ["sh"], fill: fillBusybox },
  pause: { args: ["/pause"], fill: fillPause },
};

/** Makes what is missing of the bundles, and returns their directories. */
export async function makeBundles(): Promise<string[]> {
  const made = Object.entries(BUNDLES).map(async ([name, { args, fill }]) => {
    const bundle = `${bundles}${name}`;
    await Deno.mkdir(`${bundle}/rootfs`, { recursive: true });
    await fill(`${bundle}/rootfs`);
    const { process, root, ...config } = defaultConfig();
    const own = {
      ...config,
      // A container has a writable layer of its own above it.
      root: { ...root, readonly: false },
      process: { ...process, args, terminal: false },
    };
    await write(`${bundle}/config.json`, JSON.stringify(own, null, 2) + "\n");
    return bundle;
  });
  return await Promise.all(made);
}

async function fillBusybox(root: string): Promise<void> {
  for (const path of DIRECTORIES) {
    await Deno.mkdir(`${root}/${path}`, { recursive: true });
  }
  for (const [path, text] of Object.entries(FILES)) {
    await write(`${root}/${path}`, text);
  }
  // the mode given to mkdir is subject to the umask
  for (const [path, mode] of Object.entries(MODES)) {
    await Deno.chmod(`${root}/${path}`, mode);
  }
  if (!exists(`${root}/var/run`)) {
    await Deno.symlink("../run", `${root}/var/run`);
  }
  const busybox = `${root}/bin/busybox`;
  if (!exists(busybox)) await write(busybox, await findBusybox(), 0o755);
  const applets = await output(busybox, ["--list-full"]);
  for (const path of applets.trim().split("\n")) {
    const link = `${root}/${path}`;
    if (exists(link)) continue;
    const above = path.split("/").slice(0, -1);
    await Deno.mkdir(`${root}/${above.join("/")}`, { recursive: true });
    await Deno.symlink(above.map(() => "../").join("") + "bin/busybox", link);
  }
}

/** A static busybox: the host's own, or that of Debian's package. */
async function findBusybox(): Promise<Uint8Array> {
  const paths = ["bin/busybox", "usr/bin/busybox"];
  for (const path of paths) {
    if (!exists(`/${path}`)) continue;
    const file = await Deno.readFile(`/${path}`);
    if (isStatic(file)) return file;
  }
  const cwd = await Deno.makeTempDir({ prefix: "rkl-busybox-" });
  try {
    await output("apt-get", ["download", "busybox-static"], cwd);
    const [deb = ""] = Array.from(Deno.readDirSync(cwd), ({ name }) => name);
    await output("dpkg", ["-x", deb, "root"], cwd);
    const path = paths.find((path) => exists(`${cwd}/root/${path}`));
    if (!path) throw new Error(`Cannot find busybox: ${deb} does not have it`);
    return await Deno.readFile(`${cwd}/root/${path}`);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

async function fillPause(root: string): Promise<void> {
  for (const path of ["dev", "proc", "sys"]) {
    await Deno.mkdir(`${root}/${path}`, { recursive: true });
  }
  await write(`${root}/pause`, pauseProgram().link(hostArch()).elf, 0o755);
}

/** Replaces the file at `path`, all at once, unless it is so already. */
async function write(
  path: string,
  content: Uint8Array | string,
  mode = 0o644,
): Promise<void> {
  const bytes = typeof content === "string"
    ? new TextEncoder().encode(content)
    : content;
  if (exists(path)) {
    const old = await Deno.readFile(path);
    if (
      old.every((byte, i) => byte === bytes[i]) && old.length === bytes.length
    ) {
      return;
    }
  }
  const temporary = `${path}.${Deno.pid}`;
  await Deno.writeFile(temporary, bytes);
  await Deno.chmod(temporary, mode);
  await Deno.rename(temporary, path);
}

/** Whether an ELF file names no dynamic loader. */
function isStatic(file: Uint8Array): boolean {
  const PT_INTERP = 3;
  const view = new DataView(file.buffer);
  const first = Number(view.getBigUint64(32, true)); // e_phoff
  const size = view.getUint16(54, true); // e_phentsize
  return Array.from(
    { length: view.getUint16(56, true) }, // e_phnum
    (_, index) => view.getUint32(first + index * size, true),
  ).every((type) => type !== PT_INTERP);
}

/** What `command` prints. */
async function output(
  command: string,
  args: string[],
  cwd = "/",
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd,
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (success) return decode(stdout);
  throw new Error(
    `Cannot run ${command} ${args.join(" ")}: ${decode(stderr).trim()}`,
  );
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

if (import.meta.main) {
  for (const bundle of await makeBundles()) console.log(bundle);
}
