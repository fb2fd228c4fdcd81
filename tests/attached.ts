/**
 * An rkl that attaches a test to something: the test types, reads and looks how
 * it ends.
 *
 * @module
 */
import { eventually, type Sandbox } from "./rkl.ts";

/** A command with pipes for all three streams. */
export class Attached {
  readonly child: Deno.ChildProcess;
  /** What came on stdout and stderr so far. */
  stdout = "";
  stderr = "";
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #read: Promise<unknown>;

  /** Runs `rkl container WORDS`. */
  constructor(box: Sandbox, ...words: string[]) {
    this.child = box.spawn(["container", ...words], {
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    });
    this.#input = this.child.stdin.getWriter();
    this.#read = Promise.all([
      collect(this.child.stdout, (text) => this.stdout += text),
      collect(this.child.stderr, (text) => this.stderr += text),
    ]);
  }

  /** Types text. */
  async type(text: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(text));
  }

  /** Ends its input. */
  async close(): Promise<void> {
    await this.#input.close();
  }

  /** Waits until it has printed what `pattern` matches. */
  async shows(pattern: RegExp): Promise<void> {
    await eventually(
      `${pattern} is shown`,
      () => pattern.test(this.stdout),
    ).catch((error) => {
      throw new Error(`${error.message}, but: ${this.stdout}${this.stderr}`);
    });
  }

  /** Waits for its end. Returns its exit code. */
  async ended(): Promise<number> {
    const { code } = await this.child.status;
    await this.#read;
    await this.#input.close().catch(() => {}); // it may be closed already
    return code;
  }

  /** Ends it, with no chance to clean up, and waits for that. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended();
  }
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  take: (text: string) => void,
): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    take(text);
  }
}
