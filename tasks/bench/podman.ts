/**
 * podman as a peer: with runc, cgroupfs and state of its own, and without what a
 * machine may not have.
 *
 * @module
 */
import { isInstalled, output, outputIn } from "./commands.ts";
import type { NetnsRef } from "../../net/netns.ts";

/**
 * Its default network as Debian configures it, but for where leases are kept.
 */
const network = (leases: string) => ({
  cniVersion: "0.4.0",
  name: "podman",
  plugins: [
    {
      type: "bridge",
      bridge: "cni-podman0",
      isGateway: true,
      ipMasq: true,
      hairpinMode: true,
      ipam: {
        type: "host-local",
        dataDir: leases,
        routes: [{ dst: "0.0.0.0/0" }],
        ranges: [[{ subnet: "10.88.0.0/16", gateway: "10.88.0.1" }]],
      },
    },
    { type: "portmap", capabilities: { portMappings: true } },
    { type: "firewall" },
    { type: "tuning" },
  ],
});

/** podman on this machine. */
export class Podman implements AsyncDisposable {
  readonly #command: readonly string[];

  private constructor(directory: string, state: string) {
    const networks = `${directory}/podman-networks`;
    Deno.mkdirSync(networks);
    Deno.writeTextFileSync(
      `${networks}/87-podman-bridge.conflist`,
      JSON.stringify(network(`${networks}/leases`)),
    );
    this.#command = [
      ...["podman", "--cgroup-manager", "cgroupfs", "--runtime", "runc"],
      ...["--root", `${directory}/podman`, "--runroot", `${state}/podman`],
      ...["--network-config-dir", networks],
    ];
  }

  /**
   * @param directory Where it keeps what is to last.
   * @param state Where it keeps what need not.
   */
  static async find(
    directory: string,
    state: string,
  ): Promise<Podman | undefined> {
    return await isInstalled("podman")
      ? new Podman(directory, state)
      : undefined;
  }

  /** The command line of a verb. */
  words(...words: string[]): string[] {
    return [...this.#command, ...words];
  }

  /** Runs a verb. */
  async call(...words: string[]): Promise<string> {
    return await output(...this.words(...words));
  }

  /** Runs a verb in a network namespace. */
  async callIn(netns: NetnsRef, ...words: string[]): Promise<string> {
    return await outputIn(netns, ...this.words(...words));
  }

  /**
   * The command line of `run -d`, with a root filesystem that stays as it is, and
   * without a network, if the flags say nothing of one.
   */
  run(
    name: string,
    flags: readonly string[],
    rootfs: string,
    program: readonly string[],
  ): string[] {
    const some = flags.includes("--network");
    return this.words(
      ...["run", "-d", "--name", name, "--log-driver", "k8s-file"],
      ...some ? [] : ["--network", "none"],
      ...["--security-opt", "seccomp=unconfined"],
      ...["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"],
      ...flags,
      ...["--rootfs", `${rootfs}:O`, ...program],
    );
  }

  /** Removes its containers. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.call("rm", "--all", "--force");
  }
}
