/**
 * A terminal that a test types into and looks at: tmux, with a server of its
 * own that ends with the test.
 *
 * @module
 */
import { command, ENVIRONMENT, eventually, RKL, type Sandbox } from "./rkl.ts";

/** A terminal of 80 by 24 with a shell in it. */
export class Terminal implements AsyncDisposable {
  readonly #socket: string;

  private constructor(socket: string) {
    this.#socket = socket;
  }

  /** Opens one; its server's socket is in `directory`, by a name of its own. */
  static async open(directory: string, name = "tmux"): Promise<Terminal> {
    const terminal = new Terminal(`${directory}/${name}`);
    const size = ["-x", "80", "-y", "24"];
    const shell = 'exec env -i PATH="$PATH" TERM=screen ' +
      `RKL_NETWORK=${ENVIRONMENT.RKL_NETWORK} PS1='host> ' sh`;
    await terminal.#tmux("-f/dev/null", "new-session", "-d", ...size, shell);
    await terminal.shows(/host>$/);
    return terminal;
  }

  /** Types text, and then a key for each further word, as tmux names it. */
  async type(text: string, ...keys: string[]): Promise<void> {
    if (text) await this.#tmux("send-keys", "-l", text);
    if (keys.length > 0) await this.#tmux("send-keys", ...keys);
  }

  /** Types a line. */
  enter(line: string): Promise<void> {
    return this.type(line, "Enter");
  }

  /** What is on the screen, without the empty rest of it. */
  async screen(): Promise<string> {
    return (await this.#tmux("capture-pane", "-p")).trimEnd();
  }

  /** The device that its programs have open. */
  async device(): Promise<string> {
    return (await this.#tmux("display-message", "-p", "#{pane_tty}")).trim();
  }

  /** Waits until the screen shows what `pattern` matches. */
  async shows(pattern: RegExp): Promise<void> {
    let screen = "";
    const matches = async () => pattern.test(screen = await this.screen());
    try {
      await eventually(`the screen shows ${pattern}`, matches, 60);
    } catch (error) {
      throw new Error(`${(error as Error).message}, but:\n${screen}`);
    }
  }

  /** Gives the window another size. */
  async resize(columns: number, rows: number): Promise<void> {
    const size = ["-x", String(columns), "-y", String(rows)];
    await this.#tmux("resize-window", ...size);
  }

  /** Closes the window, whose programs get SIGHUP, and ends the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server");
  }

  async #tmux(...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await command("tmux", [
      "-S",
      this.#socket,
      ...words,
    ]);
    if (code !== 0) throw new Error(`tmux ${words.join(" ")}: ${stderr}`);
    return stdout;
  }
}

/** A command line of `rkl container` for a sandbox, to be typed. */
export function line(box: Sandbox, ...words: string[]): string {
  return [RKL, ...box.roots, "container", ...words].join(" ");
}
