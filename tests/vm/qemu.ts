/**
 * QEMU's command line.
 *
 * @module
 */
import { join } from "node:path";
import { TAGS } from "./guest.ts";
import type { Parts } from "./packages.ts";

/** A way to run the VM's processors; `tcg` is software and always works. */
export type Accelerator = "kvm" | "tcg";

/** The machine to start. */
export interface Machine {
  accelerator: Accelerator;
  /** Mebibytes of memory. */
  memory: number;
  /** The first root, as a cpio archive. */
  initramfs: string;
  /** The directory of the host that the VM writes its results to. */
  results: string;
  /** The file that gets the kernel's own messages. */
  kernelLog: string;
}

/** A kernel that is stuck for a minute says where, and the machine ends. */
const KERNEL_OPTIONS = "console=ttyS0 loglevel=5 panic=-1 mitigations=off " +
  "softlockup_panic=1 watchdog_thresh=30";

/** The arguments of `qemu-system-x86_64` for `machine`. */
export function qemuArgs(parts: Parts, machine: Machine): string[] {
  const { accelerator, memory, initramfs, results, kernelLog } = machine;
  const share = (path: string, tag: string, more: string[]) => [
    "-virtfs",
    [
      "local",
      `path=${path}`,
      `mount_tag=${tag}`,
      "security_model=none",
      ...more,
    ]
      .join(","),
  ];
  const firmware = ["qemu", "seabios"].flatMap((name) => [
    "-L",
    join(parts.qemu, "usr/share", name),
  ]);
  return [
    ...firmware,
    ...["-no-user-config", "-nodefaults", "-no-reboot", "-display", "none"],
    ...["-machine", "pc"],
    ...accelerator === "tcg"
      ? ["-accel", "tcg", "-cpu", "max"]
      : ["-accel", "kvm", "-cpu", "host"],
    ...["-smp", "1", "-m", `${memory}`], // see MACHINES in main.ts
    ...["-kernel", parts.kernel, "-initrd", initramfs],
    ...["-append", KERNEL_OPTIONS],
    // the kernel's messages and the job's output do not mix
    ...["-serial", `file:${kernelLog}`],
    ...["-chardev", "stdio,id=output,signal=off"],
    ...["-device", "virtio-serial-pci"],
    ...["-device", "virtconsole,chardev=output"],
    ...["-device", "virtio-rng-pci"],
    ...share("/", TAGS.root, ["readonly=on", "multidevs=remap"]),
    ...share(results, TAGS.results, []),
  ];
}

/** The environment in which the unpacked QEMU finds its libraries and modules. */
export function qemuEnv(parts: Parts): Record<string, string> {
  const folders = ["usr/lib", "lib"].map((folder) =>
    join(parts.qemu, folder, "x86_64-linux-gnu")
  );
  return {
    LD_LIBRARY_PATH: folders.join(":"),
    QEMU_MODULE_DIR: join(folders[0]!, "qemu"),
  };
}
