/**
 * The reference CNI plugins, run as container engines run them: a process for
 * each step, its configuration on stdin.
 *
 * @module
 */
import { exists } from "./commands.ts";
import type { Shell } from "./shell.ts";

/** Where Debian's containernetworking-plugins are. */
const PLUGINS = "/usr/lib/cni";

/** Whether what {@linkcode CniChain} runs is installed; else what is missing. */
export async function missingForCni(): Promise<string | undefined> {
  if (!await exists(`${PLUGINS}/bridge`)) return "containernetworking-plugins";
  return await exists("/usr/sbin/iptables") ? undefined : "iptables";
}

/** What a chain connects, and where. */
export interface CniTarget {
  /** Of the container's network namespace. */
  readonly netns: string;
  /** Leads to port 80 of the container. */
  readonly hostPort: number;
  /** For its files. */
  readonly directory: string;
}

/** `bridge` with `host-local`, then `portmap`: a network with published ports. */
export class CniChain {
  readonly #environment: string;
  readonly #bridge: string;

  /** The shell is in the host's network namespace. */
  constructor(readonly shell: Shell, readonly target: CniTarget) {
    const { directory, netns } = target;
    this.#environment = `CNI_CONTAINERID=bench CNI_NETNS=${netns} ` +
      `CNI_IFNAME=eth0 CNI_PATH=${PLUGINS}`;
    this.#bridge = `${directory}/bridge.json`;
    Deno.writeTextFileSync(
      this.#bridge,
      JSON.stringify({
        cniVersion: "0.4.0",
        name: "bench",
        type: "bridge",
        bridge: "cni0",
        isGateway: true,
        ipMasq: true,
        hairpinMode: true,
        ipam: {
          type: "host-local",
          dataDir: `${directory}/leases`,
          ranges: [[{ subnet: "10.99.0.0/24" }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      }),
    );
  }

  /** Connects and disconnects once; how many ms the plugins took. */
  async cycle(): Promise<number> {
    const added = await this.#run("ADD", "bridge", this.#bridge);
    const { directory, hostPort } = this.target;
    const portmap = `${directory}/portmap.json`;
    const result = Deno.readTextFileSync(`${directory}/result.json`);
    Deno.writeTextFileSync(
      portmap,
      JSON.stringify({
        cniVersion: "0.4.0",
        name: "bench",
        type: "portmap",
        snat: true,
        capabilities: { portMappings: true },
        runtimeConfig: {
          portMappings: [{ hostPort, containerPort: 80, protocol: "tcp" }],
        },
        prevResult: JSON.parse(result),
      }),
    );
    return added + await this.#run("ADD", "portmap", portmap) +
      await this.#run("DEL", "portmap", portmap) +
      await this.#run("DEL", "bridge", this.#bridge);
  }

  /** Plugins tell of errors on stdout. */
  #run(command: "ADD" | "DEL", plugin: string, config: string) {
    const result = `${this.target.directory}/result.json`;
    return this.shell.script(
      `CNI_COMMAND=${command} ${this.#environment} ${PLUGINS}/${plugin} ` +
        `<${config} >${result} || { cat ${result} >&2; false; }`,
    );
  }
}
