/**
 * A host for tests of CNI plugins: a network namespace in which they run, and
 * others that stand for containers.
 *
 * @module
 */
import assert from "node:assert/strict";
import { findLink } from "../net/netlink/find_link.ts";
import { decodeLink, listLinks, setLink } from "../net/netlink/link.ts";
import { NetlinkSocket } from "../net/netlink/socket.ts";
import { inNetns, newNetns } from "../net/netns.ts";
import { decodeTable, listTables } from "../net/nftables/table.ts";
import type { Fd } from "../sys/fd.ts";
import { commandIn, pathOf } from "./netns.ts";
import { command, type Result, RKL } from "./rkl.ts";

/** Where Debian has the reference plugins. */
export const REFERENCE = "/usr/lib/cni";

/** What a plugin prints: a result, versions, or an error. */
export interface Printed {
  cniVersion?: string;
  supportedVersions?: string[];
  interfaces?: { name: string; mac?: string; sandbox?: string }[];
  ips?: {
    version?: string;
    address: string;
    gateway?: string;
    interface?: number;
  }[];
  routes?: { dst: string; gw?: string }[];
  dns?: Record<string, unknown>;
  code?: number;
  msg?: string;
  details?: string;
}

/** A container: a network namespace, and an id. */
export interface Box {
  readonly id: string;
  readonly netns: Fd;
  /** The path of the namespace. */
  readonly path: string;
}

/** How a plugin is called. */
export interface Call {
  /** The file; rkl unless given. */
  readonly program?: string;
  readonly args?: string[];
  readonly env?: Record<string, string>;
}

/** The host. */
export class CniHost implements Disposable {
  readonly #stack = new DisposableStack();
  /** A directory for leases and the like. */
  readonly directory = Deno.makeTempDirSync({ prefix: "rkl-test-" });
  /** The namespace plugins run in. */
  readonly netns: Fd;
  /** Of the kernel's family ROUTE, there. */
  readonly route: NetlinkSocket;

  constructor() {
    this.#stack.defer(() =>
      Deno.removeSync(this.directory, { recursive: true })
    );
    this.netns = this.#stack.use(newNetns());
    this.route = this.#stack.use(
      inNetns(this.netns, () => new NetlinkSocket("ROUTE")),
    );
    this.route.request(setLink("lo", { up: true }));
  }

  /** A new container. */
  box(id: string): Box {
    const netns = this.#stack.use(newNetns());
    return { id, netns, path: pathOf(netns) };
  }

  /** `ipam` of host-local, with leases in this host's directory. */
  ipam(...subnets: string[]) {
    return {
      type: "host-local",
      dataDir: `${this.directory}/leases`,
      ranges: subnets.map((subnet) => [{ subnet }]),
    };
  }

  /** The environment and the line that call a plugin. */
  line(name: string, box: Box | undefined, call: Call = {}) {
    return {
      args: [`--net=${pathOf(this.netns)}`, "--", call.program ?? RKL]
        .concat(call.args ?? []),
      env: {
        CNI_COMMAND: name,
        CNI_PATH: REFERENCE,
        ...(box && {
          CNI_CONTAINERID: box.id,
          CNI_NETNS: box.path,
          CNI_IFNAME: "eth0",
        }),
        ...call.env,
      },
    };
  }

  /** Calls a plugin. */
  call(
    name: string,
    box: Box | undefined,
    config: object,
    call: Call = {},
  ): Promise<Result> {
    const { args, env } = this.line(name, box, call);
    const stdin = JSON.stringify(config);
    return command("nsenter", args, { env, stdin });
  }

  /** Calls a plugin that has to succeed, and returns what it printed. */
  async ask(...call: Parameters<CniHost["call"]>): Promise<Printed> {
    const { code, stdout, stderr } = await this.call(...call);
    assert.deepEqual([code, stderr], [0, ""], stdout);
    return stdout === "" ? {} : JSON.parse(stdout);
  }

  /** Calls a plugin that has to fail, and returns its error. */
  async refuse(...call: Parameters<CniHost["call"]>): Promise<Printed> {
    const { code, stdout, stderr } = await this.call(...call);
    assert.deepEqual([code, stderr], [1, ""], stdout);
    return JSON.parse(stdout);
  }

  /**
   * Whether an answer comes to a ping from a container. The first may be lost:
   * the kernel takes its time until a new address of IPv6 listens.
   */
  async reaches(from: Fd, to: string): Promise<boolean> {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (!await this.isCutOff(from, to)) return true;
    }
    return false;
  }

  /** Whether no answer comes to one ping. */
  async isCutOff(from: Fd, to: string): Promise<boolean> {
    const ping = ["busybox", "ping", "-c1", "-W1", to];
    return (await commandIn(from, ...ping)).code !== 0;
  }

  /** Names of links of a kind on the host. */
  links(kind: string): string[] {
    return this.route.dump(listLinks()).map(decodeLink)
      .filter((link) => link.kind === kind).map(({ name }) => name);
  }

  /** Tables of nf_tables on the host, as `family name`. */
  tables(): string[] {
    using socket = inNetns(this.netns, () => new NetlinkSocket("NETFILTER"));
    return socket.dump(listTables()).map(decodeTable)
      .map(({ family, name }) => `${family} ${name}`);
  }

  /** Addresses of a network that are leased. */
  leases(network: string): string[] {
    const directory = `${this.directory}/leases/${network}`;
    try {
      return Array.from(Deno.readDirSync(directory), ({ name }) => name)
        .filter((name) => !/^lock$|^last_/.test(name)).sort();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }
}

/** A configuration; the bridge is the gateway. */
export function config(host: CniHost, fields: object = {}) {
  return {
    cniVersion: "1.1.0",
    name: "net",
    type: "libbridge",
    bridge: "cni0",
    isDefaultGateway: true,
    ipam: host.ipam("10.1.0.0/24", "fd01::/64"),
    ...fields,
  };
}

/** The interface of a container. */
export function eth0(box: Box) {
  using socket = inNetns(box.netns, () => new NetlinkSocket("ROUTE"));
  return findLink(socket, "eth0");
}

/** Asserts that nothing is left of attachments. */
export function assertClean(host: CniHost, ...boxes: Box[]) {
  assert.deepEqual(host.links("veth"), []);
  assert.deepEqual(host.leases("net"), []);
  assert.deepEqual(host.tables(), []);
  for (const box of boxes) assert.equal(eth0(box), undefined);
}
