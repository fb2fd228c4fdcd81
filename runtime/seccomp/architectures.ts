/**
 * The architectures whose system calls a kernel takes, and what a filter is
 * told of them.
 *
 * @module
 */
import type { Arch } from "../../sys/numbers.ts";
import { type Table, TABLES } from "./tables.ts";

/** One that a filter may speak of. */
export interface Architecture {
  /** As in config.json. */
  name: keyof typeof TABLES;
  /** AUDIT_ARCH_… of linux/audit.h. */
  audit: number;
  /** Of an argument. */
  bits: 32 | 64;
  table: Table;
}

const [AUDIT_X86_64, AUDIT_I386] = [0xc000_003e, 0x4000_0003];
const [AUDIT_AARCH64, AUDIT_ARM] = [0xc000_00b7, 0x4000_0028];

function architecture(
  name: keyof typeof TABLES,
  audit: number,
  bits: 32 | 64,
): Architecture {
  return { name, audit, bits, table: TABLES[name] };
}

/** What runs on a host, its own first. */
const OF_HOST: Readonly<Record<Arch, readonly Architecture[]>> = {
  x86_64: [
    architecture("SCMP_ARCH_X86_64", AUDIT_X86_64, 64),
    architecture("SCMP_ARCH_X32", AUDIT_X86_64, 32),
    architecture("SCMP_ARCH_X86", AUDIT_I386, 32),
  ],
  aarch64: [
    architecture("SCMP_ARCH_AARCH64", AUDIT_AARCH64, 64),
    architecture("SCMP_ARCH_ARM", AUDIT_ARM, 32),
  ],
};

/**
 * Those that a profile speaks of, and the host's own, which it always does. The
 * kernel never reports the others, so that a filter need not know them.
 */
export function architecturesOf(
  names: readonly string[],
  host: Arch,
): Architecture[] {
  return OF_HOST[host].filter(({ name }, index) =>
    index === 0 || names.includes(name)
  );
}
