/**
 * What the VM is made of: Debian's kernel, QEMU and busybox, downloaded with
 * apt-get and unpacked into a directory of the project. Nothing is installed.
 *
 * @module
 */
import { join } from "node:path";

/** The unpacked packages. */
export interface Parts {
  /** The root of the unpacked QEMU and of the libraries it needs. */
  qemu: string;
  /** The kernel image. */
  kernel: string;
  /** The kernel's release, as `uname -r` prints it there. */
  release: string;
  /** The directory `lib/modules/RELEASE`. */
  modules: string;
  /** A static busybox. */
  busybox: string;
}

/** The packages cannot be had. */
export class PackagesError extends Error {
  override readonly name = "PackagesError";
}

const QEMU = "qemu-system-x86";
const KERNEL = "linux-image-amd64";
const BUSYBOX = "busybox-static";

/**
 * Returns the parts below `cache`, downloading them if they are not there yet.
 *
 * @throws {PackagesError} with apt's own words where it cannot be done
 */
export async function prepareParts(cache: string): Promise<Parts> {
  if (Deno.build.arch !== "x86_64") {
    throw new PackagesError(
      `Cannot boot the VM: this machine's own programs run in it, and it is ` +
        `x86_64, not ${Deno.build.arch}`,
    );
  }
  const home = join(cache, "parts");
  if (!await exists(home)) {
    const half = join(cache, "parts.new");
    await removeTree(half);
    await Deno.mkdir(half, { recursive: true });
    await download(half).catch(async () => {
      // the package lists are missing, or older than what the mirror serves
      await run("apt-get", ["update"]);
      await download(half);
    });
    await unpack(half);
    await Deno.rename(half, home);
  }
  return locate(home);
}

async function locate(home: string): Promise<Parts> {
  const all = join(home, "kernel", "lib", "modules");
  const release = (await names(all))[0];
  if (!release) {
    throw new PackagesError(`Cannot find a kernel in ${home}: remove it`);
  }
  return {
    release,
    qemu: join(home, "qemu"),
    kernel: join(home, "kernel", "boot", `vmlinuz-${release}`),
    modules: join(all, release),
    busybox: join(home, "busybox", "bin", "busybox"),
  };
}

/** Fills `home`/debs/{qemu,kernel,busybox}. */
async function download(home: string): Promise<void> {
  const depends = await run("apt-cache", ["depends", KERNEL]);
  const image = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
  if (!image) {
    throw new PackagesError(`Cannot download ${KERNEL}: apt knows no kernel`);
  }
  // QEMU and those of its libraries that this machine does not have yet
  const plan = ["install", "--simulate", "--no-install-recommends", QEMU];
  const installed = await run("apt-get", plan);
  const qemu = [...installed.matchAll(/^Inst (\S+)/gm)].map((m) => m[1]!);
  const packages = {
    kernel: [image],
    busybox: [BUSYBOX],
    qemu: qemu.length > 0 ? qemu : [QEMU],
  };
  for (const [part, list] of Object.entries(packages)) {
    const debs = join(home, "debs", part);
    await Deno.mkdir(debs, { recursive: true });
    await run("apt-get", ["download", ...list], debs);
  }
}

async function unpack(home: string): Promise<void> {
  for (const part of await names(join(home, "debs"))) {
    const debs = join(home, "debs", part);
    for (const deb of await names(debs)) {
      await run("dpkg", ["-x", join(debs, deb), join(home, part)]);
    }
  }
  await removeTree(join(home, "debs"));
  const { release, busybox } = await locate(home);
  await run(busybox, ["depmod", "-b", join(home, "kernel"), release]);
}

/** Runs a command to its end and returns its output. */
async function run(
  command: string,
  args: string[],
  cwd = ".",
): Promise<string> {
  const result = await new Deno.Command(command, {
    args,
    cwd,
    stdin: "null",
    env: { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (result.success) return text(result.stdout);
  throw new PackagesError(
    `Cannot run ${command} ${args.join(" ")}: ${text(result.stderr).trim()}`,
  );
}

async function names(directory: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(directory));
  return entries.map((entry) => entry.name).sort();
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function removeTree(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
