/**
 * Which kernel this is.
 *
 * @module
 */
import { type Answer, type Finding, findingOf } from "../../sys/finding.ts";

/** The oldest kernel that has all system calls rkl makes. */
const OLDEST = [5, 12] as const;

/** Which Windows Subsystem for Linux this is; undefined where it is Linux. */
export type Wsl = 1 | 2 | undefined;

/**
 * Tells WSL by the release of the kernel: Microsoft's own Linux calls itself
 * `5.15.90.1-microsoft-standard-WSL2`, what only acts as Linux
 * `4.4.0-19041-Microsoft`.
 */
export function wslOf(release: string): Wsl {
  if (/-Microsoft$/.test(release)) return 1;
  return /microsoft|WSL2/i.test(release) ? 2 : undefined;
}

/** Whether the kernel is one that rkl runs on. */
export function findKernel(release: string = Deno.osRelease()): Finding {
  const wsl = wslOf(release);
  return findingOf({
    name: "kernel",
    why: "makes namespaces, mounts and cgroups",
    remedy: wsl
      ? "wsl --update, or wsl --set-version DISTRIBUTION 2; a kernel of your " +
        "own goes into .wslconfig"
      : `Linux ${OLDEST.join(".")} or later`,
  }, kernelAnswer(release, wsl));
}

function kernelAnswer(release: string, wsl: Wsl): Answer {
  if (wsl === 1) {
    return { status: "missing", detail: `${release}: WSL 1 is no Linux` };
  }
  const [major = 0, minor = 0] = release.split(/[.-]/).map(Number);
  const isOld = major < OLDEST[0] || major === OLDEST[0] && minor < OLDEST[1];
  return { status: isOld ? "missing" : "ok", detail: release };
}
