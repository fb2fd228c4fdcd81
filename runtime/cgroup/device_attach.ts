/**
 * Puts a device program into the kernel and on a cgroup, with bpf(2).
 *
 * @module
 */
import { Fd, O, open } from "../../sys/fd.ts";
import { SyscallError } from "../../sys/errors.ts";
import { addressOf, cstr } from "../../sys/memory.ts";
import { syscall } from "../../sys/syscall.ts";
import { failure } from "./files.ts";

/** Commands of bpf(2), from linux/bpf.h. */
const BPF = { PROG_LOAD: 5, PROG_ATTACH: 8 } as const;
const BPF_PROG_TYPE_CGROUP_DEVICE = 15;
const BPF_CGROUP_DEVICE = 6; // enum bpf_attach_type
const BPF_F_ALLOW_MULTI = 2;

/**
 * Loads `program` and attaches it to the v2 cgroup at `dir`, beside what its
 * parents have: a device is granted where all of them grant it. It goes with
 * the cgroup.
 *
 * @throws {CgroupError} where the kernel has no BPF, or does not allow it
 */
export function attachDeviceProgram(dir: string, program: Uint8Array): void {
  try {
    using cgroup = open(dir, O.RDONLY | O.DIRECTORY);
    using loaded = loadDeviceProgram(program);
    const attr = new Uint32Array([
      cgroup.number, // target_fd
      loaded.number, // attach_bpf_fd
      BPF_CGROUP_DEVICE, // attach_type
      BPF_F_ALLOW_MULTI, // attach_flags
      0, // replace_bpf_fd
    ]);
    bpf(BPF.PROG_ATTACH, new Uint8Array(attr.buffer));
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    const hint = error.code === "ENOSYS" || error.code === "EINVAL"
      ? "this kernel is built without CONFIG_CGROUP_BPF"
      : error.code === "EPERM"
      ? "attaching a program takes CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN"
      : undefined;
    const facts = { file: dir, what: "device rules", controller: "devices" };
    const attempt = `set device rules in ${dir} by an eBPF program`;
    throw failure(attempt, error.code, { ...facts, cause: error }, hint);
  }
}

/**
 * Puts a device program into the kernel; it does nothing until it is attached.
 *
 * @throws {SyscallError} EINVAL where the kernel has no such programs
 */
export function loadDeviceProgram(program: Uint8Array): Fd {
  // One buffer, so that the two things attr points to live as long as it does.
  const ATTR = 72;
  const license = cstr("MIT");
  const insns = ATTR + 8;
  const buffer = new Uint8Array(insns + program.length);
  const address = addressOf(buffer);
  buffer.set(license, ATTR);
  buffer.set(program, insns);
  const view = new DataView(buffer.buffer);
  view.setUint32(0, BPF_PROG_TYPE_CGROUP_DEVICE, true); // prog_type
  view.setUint32(4, program.length / 8, true); // insn_cnt
  view.setBigUint64(8, address + BigInt(insns), true); // insns
  view.setBigUint64(16, address + BigInt(ATTR), true); // license
  buffer.set(cstr("rkl_devices"), 48); // char prog_name[16]
  return new Fd(bpf(BPF.PROG_LOAD, buffer, ATTR), "eBPF program");
}

function bpf(command: number, attr: Uint8Array, size = attr.length): number {
  return syscall("bpf", command, attr, size);
}
