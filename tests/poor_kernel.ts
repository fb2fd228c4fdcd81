/**
 * A kernel that lacks something, as far as one program and what it starts can
 * tell: a seccomp filter answers in the kernel's place.
 *
 * @module
 */
import { ERRNO } from "../sys/errno.ts";
import { words } from "../sys/memory.ts";
import { hostArch, syscallNumber } from "../sys/numbers.ts";
import { NETLINK } from "../sys/netlink.ts";
import { named, Program } from "../runtime/init/program.ts";
import { ENVIRONMENT } from "./rkl.ts";

const [ALLOW, ERROR] = [0x7fff0000, 0x00050000]; // linux/seccomp.h
// Opcodes of linux/bpf_common.h; offsets in struct seccomp_data.
const [LOAD, EQUAL, RETURN] = [0x20, 0x15, 0x06];
const [NR, DOMAIN, PROTOCOL] = [0, 16, 32];

/**
 * A program that runs `command` where sockets to the packet filter cannot be
 * had, as on a kernel without CONFIG_NETFILTER_NETLINK.
 */
export function withoutPacketFilter(command: readonly string[]): Uint8Array {
  const [AF_NETLINK, EPROTONOSUPPORT] = [16, ERRNO.EPROTONOSUPPORT!];
  return behindFilter([
    instruction(LOAD, NR),
    instruction(EQUAL, syscallNumber("socket", hostArch()), 0, 5),
    instruction(LOAD, DOMAIN),
    instruction(EQUAL, AF_NETLINK, 0, 3),
    instruction(LOAD, PROTOCOL),
    instruction(EQUAL, NETLINK.NETFILTER, 0, 1),
    instruction(RETURN, ERROR | EPROTONOSUPPORT),
    instruction(RETURN, ALLOW),
  ], command);
}

/** A program that runs `command` as on a kernel without CONFIG_SECCOMP. */
export function withoutSeccomp(command: readonly string[]): Uint8Array {
  return behindFilter([
    instruction(LOAD, NR),
    instruction(EQUAL, syscallNumber("seccomp", hostArch()), 0, 1),
    instruction(RETURN, ERROR | ERRNO.ENOSYS!),
    instruction(RETURN, ALLOW),
  ], command);
}

/** A program that sets a filter and becomes `command`. */
function behindFilter(
  code: readonly bigint[],
  command: readonly string[],
): Uint8Array {
  const program = new Program();
  const filter = program.bytes(words(...code));
  // struct sock_fprog { u16 len; struct sock_filter *filter; }
  const head = program.words([code.length, filter]);
  const SET_MODE_FILTER = 1;
  program.sys("seccomp", [SET_MODE_FILTER, 0, head], {
    what: "set the filter",
  });
  const environment = Object.entries({ ...Deno.env.toObject(), ...ENVIRONMENT })
    .map(([name, value]) => `${name}=${value}`);
  program.sys("execve", [
    command[0]!,
    program.words([...command, named(0, "NULL")]),
    program.words([...environment, named(0, "NULL")]),
  ], { what: "run the command" });
  return program.link(hostArch()).elf;
}

/** struct sock_filter { u16 code; u8 jt; u8 jf; u32 k; } */
function instruction(code: number, k: number, jt = 0, jf = 0): bigint {
  return BigInt(code) | BigInt(jt) << 16n | BigInt(jf) << 24n |
    BigInt(k) << 32n;
}
