/**
 * Network namespaces in which tests drive the program, so that nothing of it is
 * ever on this machine's own network.
 *
 * @module
 */
import assert from "node:assert/strict";
import { decodeLink, listLinks } from "../net/netlink/link.ts";
import { NetlinkSocket } from "../net/netlink/socket.ts";
import type { Fd } from "../sys/fd.ts";
import { inNetns, newNetns } from "../net/netns.ts";
import { formatAddress } from "../net/address.ts";
import type { PublishedPort } from "../net/nftables/description.ts";
import { readRuleset } from "../net/nftables/firewall.ts";
import type { NetworkDetails } from "../cli/network/details.ts";
import { sleeper, succeeded } from "./container.ts";
import {
  command,
  type CommandOptions,
  type Result,
  RKL,
  type Sandbox,
  sandbox,
  spawn,
} from "./rkl.ts";

/** A sandbox with a network namespace, in which its commands run. */
export interface Place extends AsyncDisposable {
  readonly box: Sandbox;
  /** The namespace. */
  readonly netns: Fd;
  /** Of the kernel's family ROUTE, there. */
  readonly socket: NetlinkSocket;
  /** Runs `rkl` there. */
  rkl(...words: string[]): Promise<Result>;
  /** The same, with options. */
  run(words: string[], options: CommandOptions): Promise<Result>;
  /** Starts `rkl` there and leaves it running; signals reach it. */
  spawn(words: string[], options?: Deno.CommandOptions): Deno.ChildProcess;
  /** Runs a container there that sleeps; it may have something to warn of. */
  start(name: string, ...flags: string[]): Promise<Result>;
  /** Runs a shell script in a container. */
  exec(name: string, script: string): Promise<Result>;
  /** Runs `rkl network` there. */
  network(...words: string[]): Promise<Result>;
  /** The arguments of nsenter(1) that run `rkl` there. */
  line(...words: string[]): string[];
  /** What `network inspect` prints of one network. */
  inspect(name: string): Promise<NetworkDetails>;
  /** What `network inspect` prints of all. */
  networks(): Promise<NetworkDetails[]>;
  /** The names of links there, of one kind. */
  links(kind: string): string[];
  /** The ports that rkl's table leads to containers there: `8080/tcp`. */
  published(): string[];
  /** Those that it leads to the daemon, which passes on what arrives. */
  relayed(): string[];
  /** Runs commands of nft(8) there. */
  nft(commands: string): void;
  /** Does something there. */
  inside<T>(action: () => T): T;
}

/** A new place; disposing of it deletes its containers too. */
export function place(): Place {
  const box = sandbox();
  const netns = newNetns();
  const socket = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  const line = (...words: string[]) => [
    `--net=${pathOf(netns)}`,
    "--",
    ...[RKL, ...box.roots, ...words],
  ];
  const run = (words: string[], options: CommandOptions) =>
    command("nsenter", line(...words), options);
  const rkl = (...words: string[]) => run(words, {});
  const network = (...words: string[]) => rkl("network", ...words);
  const ports = (which: (port: PublishedPort) => boolean) => {
    using filter = inNetns(netns, () => new NetlinkSocket("NETFILTER"));
    return (readRuleset(filter)?.ports ?? []).filter(which)
      .map(({ protocol, hostPort }) => `${hostPort}/${protocol}`);
  };
  return {
    box,
    netns,
    socket,
    line,
    rkl,
    run,
    // nsenter becomes rkl.
    spawn: (words, options) => spawn("nsenter", line(...words), options),
    async start(name, ...flags) {
      const result = await rkl(...sleeper(name, ...flags));
      assert.equal(result.code, 0, result.stderr);
      return result;
    },
    exec: (name, script) => rkl("container", "exec", name, "sh", "-c", script),
    network,
    inspect: async (name) =>
      JSON.parse(succeeded(await network("inspect", name)))[0],
    networks: async () => {
      const names = succeeded(await network("list", "-q"));
      const words = names.split("\n").filter(Boolean);
      return words.length === 0
        ? []
        : JSON.parse(succeeded(await network("inspect", ...words)));
    },
    links: (kind) =>
      socket.dump(listLinks()).map(decodeLink)
        .filter((link) => link.kind === kind).map(({ name }) => name),
    published: () => ports((port) => !isRelay(port)),
    relayed: () => ports(isRelay),
    nft(commands) {
      const nft = new Deno.Command("nft", { args: [commands] });
      const { success, stderr } = inNetns(netns, () => nft.outputSync());
      if (!success) throw new Error(new TextDecoder().decode(stderr));
    },
    inside: (action) => inNetns(netns, action),
    async [Symbol.asyncDispose]() {
      await box[Symbol.asyncDispose]();
      socket[Symbol.dispose]();
      netns[Symbol.dispose]();
    },
  };
}

function isRelay({ address }: PublishedPort): boolean {
  return formatAddress(address) === "::1";
}

/** The path of a namespace that this process holds. */
export function pathOf(netns: Fd): string {
  return `/proc/${Deno.pid}/fd/${netns.number}`;
}

/** Runs a program in a network namespace. */
export function commandIn(netns: Fd, ...words: string[]): Promise<Result> {
  return command("nsenter", [`--net=${pathOf(netns)}`, "--", ...words]);
}

/** Whether a shell script in a container is content. */
export async function holds(
  here: Place,
  name: string,
  script: string,
): Promise<boolean> {
  return (await here.exec(name, script)).code === 0;
}
