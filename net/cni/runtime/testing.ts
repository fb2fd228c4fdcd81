/**
 * Plugins for tests: small shell scripts that write down what they were given.
 *
 * @module
 */
import type { CniPlaces } from "./attachment.ts";

/** A directory with plugins, a cache, and a log of what plugins were given. */
export interface Workshop extends Disposable {
  readonly directory: string;
  readonly places: CniPlaces;
  /** Makes a plugin of a script's lines. */
  plugin(name: string, script: string): void;
  /** Makes a plugin that answers ADD with one address, and notes its calls. */
  good(name: string, address: string): void;
  /** What plugins were given, call by call: `COMMAND TYPE`, and stdin. */
  calls(): { readonly call: string; readonly conf: Record<string, unknown> }[];
}

/** A new one, in memory. */
export function workshop(): Workshop {
  const directory = Deno.makeTempDirSync({ prefix: "rkl-cni-" });
  const bin = `${directory}/bin`;
  Deno.mkdirSync(bin);
  const log = `${directory}/calls`;
  const plugin = (name: string, script: string) => {
    // By another process; see temporaryExecutable().
    const written = `${directory}/written`;
    const text = `#!/bin/sh\n${script}\n`;
    Deno.writeTextFileSync(written, text, { mode: 0o755 });
    const args = ["-p", written, `${bin}/${name}`];
    new Deno.Command("cp", { args }).outputSync();
  };
  return {
    directory,
    places: {
      directories: [bin],
      timeout: 5000,
      cacheDirectory: `${directory}/cache`,
    },
    plugin,
    good(name, address) {
      const result = JSON.stringify({
        cniVersion: "1.0.0",
        interfaces: [{ name: "eth0", sandbox: "/proc/1/ns/net" }],
        ips: [{ address, interface: 0 }],
      });
      plugin(
        name,
        `printf '%s %s\\t%s\\n' "$CNI_COMMAND" ${name} "$(cat)" >> ${log}
        if [ "$CNI_COMMAND" = ADD ]; then echo '${result}'; fi`,
      );
    },
    calls() {
      const text = Deno.readTextFileSync(log).trimEnd();
      Deno.removeSync(log);
      return text.split("\n").map((line) => {
        const [call = "", conf = ""] = line.split("\t");
        return { call, conf: JSON.parse(conf) };
      });
    },
    [Symbol.dispose]: () => Deno.removeSync(directory, { recursive: true }),
  };
}
