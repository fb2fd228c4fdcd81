/**
 * A shell that starts commands one at a time and says when each has ended.
 *
 * Commands are timed from a small process, as a user's shell would start them:
 * a clone of a process as large as Deno takes part of the time to be measured.
 *
 * @module
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A running `sh`. */
export class Shell implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  /**
   * Starts it. With `setup`, in a mount namespace of its own, where these lines
   * are run first.
   */
  constructor(readonly directory: string, setup?: string) {
    const command = setup === undefined
      ? ["sh"]
      : ["unshare", "--mount", "--propagation", "private", "sh"];
    this.#process = new Deno.Command(command[0]!, {
      args: command.slice(1),
      cwd: directory,
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#reader = this.#process.stdout.getReader();
    if (setup) this.#writer.write(encoder.encode(`${setup}\n`));
  }

  /** Its process id. */
  get pid(): number {
    return this.#process.pid;
  }

  /**
   * Runs a command, and returns how long that took in milliseconds.
   *
   * @throws {Error} with what it wrote to stderr, if it fails.
   */
  run(...words: string[]): Promise<number> {
    return this.script(words.map(quote).join(" "));
  }

  /**
   * The same for a line of the shell's language.
   *
   * @throws {Error} as {@linkcode run} does
   */
  async script(line: string): Promise<number> {
    const errors = `${this.directory}/stderr`;
    const whole = encoder.encode(
      `{ ${line}\n} </dev/null >/dev/null 2>${errors}; echo $?\n`,
    );
    const start = performance.now();
    await this.#writer.write(whole);
    const { value } = await this.#reader.read();
    const time = performance.now() - start;
    if (decoder.decode(value).trim() === "0") return time;
    const reason = value ? Deno.readTextFileSync(errors).trim() : "sh has gone";
    throw new Error(`Cannot run ${line}: ${reason}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reader.releaseLock();
    await this.#process.stdout.cancel();
    await this.#writer.close().catch(() => {}); // an interrupt reaches sh too
    await this.#process.status;
  }
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word)
    ? word
    : `'${word.replaceAll("'", "'\\''")}'`;
}
