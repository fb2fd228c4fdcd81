/**
 * podman as a peer: with runc, cgroupfs and state of its own, and without what a
 * machine may not have.
 *
 * @module
 */
import { isInstalled, output } from "./commands.ts";

/** podman on this machine. */
export class Podman implements AsyncDisposable {
  readonly #command: readonly string[];

  private constructor(directory: string, state: string) {
    this.#command = [
      ...["podman", "--cgroup-manager", "cgroupfs", "--runtime", "runc"],
      ...["--root", `${directory}/podman`, "--runroot", `${state}/podman`],
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

  /** The command line of `run -d`, with a root filesystem that stays as it is. */
  run(
    name: string,
    flags: readonly string[],
    rootfs: string,
    program: readonly string[],
  ): string[] {
    return this.words(
      ...["run", "-d", "--name", name, "--log-driver", "k8s-file"],
      ...["--network", "none", "--security-opt", "seccomp=unconfined"],
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
