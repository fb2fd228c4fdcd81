/**
 * Leases of addresses on this host, in the files of the reference plugin
 * host-local, so that either can go on where the other left:
 *
 *     DIR/lock                 flock(2) by whoever reads or changes leases
 *     DIR/10.1.0.5             who has the address: id, CR LF, interface
 *     DIR/last_reserved_ip.N   the address that range set N gave away last
 *
 * @module
 */
import { replaceFile, tryReadText } from "../../../sys/entry.ts";
import { type Fd, lockExclusive, O, open, tryOpen } from "../../../sys/fd.ts";
import {
  type Address,
  formatAddress,
  parseAddress,
  tryParse,
} from "../../address.ts";
import { CNI_CODE, CniError } from "../error.ts";
import type { CniResult } from "../result.ts";
import { chooseAddresses, chooseNext } from "./address_choice.ts";
import type { Attachment } from "./environment.ts";
import type { HostLocal } from "./host_local_config.ts";
import { formatRanges, isIn, type RangeSet } from "./ranges.ts";
import { readDns } from "./resolv_conf.ts";

/** A lease as its file tells. */
interface Lease {
  /** The file's name: the address. */
  readonly file: string;
  /** What is in it, without blanks around it. */
  readonly owner: string;
}

/** What a file is called until it is whole; see `replaceFile()`. */
const UNFINISHED = ".new";

/**
 * Leases an address of each set of ranges, all or none.
 *
 * @throws {CniError} when one cannot be had, or the attachment has some
 */
export function leaseAddresses(
  config: HostLocal,
  attachment: Attachment,
): CniResult {
  const { directory, rangeSets, requested, routes, resolvConf } = config;
  const dns = resolvConf === undefined ? {} : readDns(resolvConf);
  Deno.mkdirSync(directory, { recursive: true, mode: 0o755 });
  using _lock = lock(directory);
  const leases = readLeases(directory);
  refuseSecond(leases, rangeSets, attachment);
  const choices = chooseAddresses(
    rangeSets,
    requested,
    new Set(leases.map(({ file }) => file)),
    (set) => readLast(directory, set),
  );
  for (const [set, { address }] of choices.entries()) {
    const text = formatAddress(address);
    replaceFile(`${directory}/${text}`, ownerOf(attachment));
    replaceFile(lastFile(directory, set), text);
  }
  return {
    interfaces: [],
    ips: choices.map(({ range, address }) => ({
      address: { address, length: range.subnet.length },
      gateway: range.gateway,
    })),
    routes,
    dns,
  };
}

/** Gives back what an attachment has, if anything. */
export function releaseAddresses(
  { directory }: HostLocal,
  attachment: Attachment,
): void {
  remove(directory, (leases) => held(leases, attachment));
}

/** Gives back what attachments have that are not valid any more. */
export function sweepAddresses(
  { directory }: HostLocal,
  valid: readonly Attachment[],
): void {
  // Old leases name the container only.
  const owners = new Set(
    valid.flatMap((one) => [ownerOf(one), one.containerId]),
  );
  remove(
    directory,
    (leases) => leases.filter(({ owner }) => !owners.has(owner)),
  );
}

/** Whether an attachment has an address. */
export function hasAddress(
  { directory }: HostLocal,
  attachment: Attachment,
): boolean {
  using locked = tryLock(directory);
  return locked !== undefined &&
    held(readLeases(directory), attachment).length > 0;
}

/** A set of ranges with nothing left, if there is one. */
export function findExhausted(
  { directory, rangeSets }: HostLocal,
): RangeSet | undefined {
  using locked = tryLock(directory);
  if (!locked) return undefined;
  const taken = new Set(readLeases(directory).map(({ file }) => file));
  return rangeSets.find((set) => !chooseNext(set, taken));
}

function ownerOf({ containerId, ifname }: Attachment): string {
  return `${containerId}\r\n${ifname}`;
}

/** Leases of an attachment; old ones name the container only. */
function held(leases: readonly Lease[], attachment: Attachment): Lease[] {
  const exact = leases.filter(({ owner }) => owner === ownerOf(attachment));
  return exact.length > 0
    ? exact
    : leases.filter(({ owner }) => owner === attachment.containerId);
}

/** An attachment is added once; the specification wants a second ADD to fail. */
function refuseSecond(
  leases: readonly Lease[],
  sets: readonly RangeSet[],
  attachment: Attachment,
): void {
  const again = held(leases, attachment).find(({ file }) => {
    const address = parseAddress(file);
    return sets.some((set) => set.some((range) => isIn(range, address)));
  });
  if (!again) return;
  const { containerId, ifname } = attachment;
  throw new CniError(
    CNI_CODE.INTERNAL,
    "cannot lease an address",
    `${ifname} of ${containerId} has ${again.file} in ` +
      `${sets.map(formatRanges).join(", ")} already; DEL gives it back`,
  );
}

function remove(
  directory: string,
  choose: (leases: Lease[]) => Lease[],
): void {
  using locked = tryLock(directory);
  if (!locked) return;
  for (const { file } of choose(readLeases(directory))) {
    Deno.removeSync(`${directory}/${file}`);
  }
}

/** All leases. What was being written when its writer died is removed. */
function readLeases(directory: string): Lease[] {
  const leases: Lease[] = [];
  for (const { name } of Deno.readDirSync(directory)) {
    if (name.endsWith(UNFINISHED)) Deno.removeSync(`${directory}/${name}`);
    else if (readAddress(name)) {
      const text = tryReadText(`${directory}/${name}`);
      if (text !== undefined) leases.push({ file: name, owner: text.trim() });
    }
  }
  return leases;
}

function readLast(directory: string, set: number): Address | undefined {
  const text = tryReadText(lastFile(directory, set))?.trim();
  return text === undefined ? undefined : readAddress(text);
}

function lastFile(directory: string, set: number): string {
  return `${directory}/last_reserved_ip.${set}`;
}

/** An address as it is written here; undefined for anything else. */
function readAddress(text: string): Address | undefined {
  return /^(\d+(\.\d+){3}|[\da-f]*:[\da-f:.]*)$/.test(text)
    ? tryParse(parseAddress, text)
    : undefined;
}

/** The lock of a network that has leases; undefined when it never had any. */
function tryLock(directory: string): Fd | undefined {
  const file = tryOpen(lockFile(directory), O.RDWR | O.CREAT);
  return file && lockFirst(file);
}

function lock(directory: string): Fd {
  return lockFirst(open(lockFile(directory), O.RDWR | O.CREAT));
}

function lockFile(directory: string): string {
  return `${directory}/lock`;
}

function lockFirst(file: Fd): Fd {
  try {
    lockExclusive(file);
    return file;
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
}
