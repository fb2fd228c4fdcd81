/**
 * Places with networks of CNI, which the reference plugins make.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ROOTFS, succeeded } from "./container.ts";
import { needs } from "./facts.ts";
import { type Place, place } from "./netns.ts";
import { exists } from "./rkl.ts";

/** Where the plugins are that all tests of such places take. */
export const plugins = needs(
  "native",
  "root",
  "tool:nsenter",
  "file:/usr/lib/cni/bridge",
  "file:/usr/lib/cni/host-local",
  "file:/usr/lib/cni/tuning",
);
/** A place with networks of CNI. */
export interface CniPlace extends AsyncDisposable {
  readonly here: Place;
  /** Runs `rkl` there. */
  rkl(...words: string[]): ReturnType<Place["rkl"]>;
  /** Runs a container in the background. */
  launch(name: string, words: string[], ...args: string[]): Promise<string>;
  /** Runs a container to its end and returns what it printed. */
  ask(words: string[], script: string): Promise<string>;
  /** The addresses that host-local has given away on a network. */
  leases(network: string): string[];
  /** What is known of attachments. */
  results(): string[];
}

/** The plugin bridge, with addresses of host-local from 10.77.N.0/24. */
export function bridge(
  directory: string,
  n: number,
  more: object = {},
): object {
  const ranges = [[{ subnet: `10.77.${n}.0/24` }]];
  return {
    type: "bridge",
    bridge: `cni${n}`,
    isDefaultGateway: true,
    ipam: { type: "host-local", dataDir: `${directory}/ipam`, ranges },
    ...more,
  };
}

/** A new one, with these networks. */
export function cniPlace(networks: (directory: string) => object[]): CniPlace {
  const here = place();
  const { directory } = here.box;
  const conf = `${directory}/net.d`;
  Deno.mkdirSync(conf);
  for (const [index, network] of networks(directory).entries()) {
    const text = JSON.stringify({ cniVersion: "1.0.0", ...network });
    Deno.writeTextFileSync(`${conf}/${index}.conflist`, text);
  }
  const rkl = (...words: string[]) =>
    here.rkl("--cni-conf-dir", conf, ...words);
  return {
    here,
    rkl,
    async launch(name, words, ...args) {
      const run = ["container", "run", "-d", "--name", name, ...words, ROOTFS];
      const { code, stderr } = await rkl(...run, ...args);
      assert.equal(code, 0, stderr);
      const show = ["container", "exec", name, "ip", "-o", "-4", "addr"];
      const addresses = succeeded(await rkl(...show));
      return /eth0 +inet ([\d.]+)/.exec(addresses)![1]!;
    },
    async ask(words, script) {
      const run = ["container", "run", "--rm", ...words, ROOTFS, "sh", "-c"];
      const { code, stdout, stderr } = await rkl(...run, script);
      assert.equal(code, 0, stderr);
      return stdout;
    },
    leases: (network) => list(`${directory}/ipam/${network}`).filter(isAddress),
    results: () => list(`${directory}/data/cni/results`),
    async [Symbol.asyncDispose]() {
      // There, where its plugins' rules are.
      const ids = succeeded(await rkl("container", "list", "-aq"));
      for (const id of ids.split("\n").filter(Boolean)) {
        await rkl("container", "delete", "--force", id);
      }
      await here[Symbol.asyncDispose]();
    },
  };
}

function list(directory: string): string[] {
  if (!exists(directory)) return [];
  return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
}

function isAddress(name: string): boolean {
  return /^[\d.]+$/.test(name) || name.includes(":");
}

/** A network with resolvers, whose containers may ask for an Ethernet address. */
export const front = (directory: string) => ({
  name: "front",
  plugins: [
    bridge(directory, 1, {
      dns: { nameservers: ["10.77.1.53"], search: ["example.org"] },
    }),
    { type: "tuning", capabilities: { mac: true } },
  ],
});
