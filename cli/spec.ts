/**
 * `rkl spec`
 *
 * @module
 */
import { defaultConfig } from "../runtime/default_config.ts";
import { text } from "./values.ts";
import { verb } from "./verb.ts";

export default verb({
  help:
    "Writes config.json for a shell in the root filesystem `rootfs`, a start for\n" +
    "a bundle of one's own.",
  operands: [],
  flags: {
    bundle: {
      type: text,
      alias: "b",
      value: "DIR",
      help: "Write it there; into the current directory by default",
    },
    rootless: {
      type: Boolean,
      help: "Write one that the user who runs this can run without root",
    },
  },
  examples: [["rkl spec --bundle ./bundle", "Write ./bundle/config.json"]],
  run({ flags }) {
    const file = `${flags.bundle ?? "."}/config.json`;
    const user = { uid: Deno.uid() ?? 0, gid: Deno.gid() ?? 0 };
    const config = defaultConfig(flags.rootless ? { rootless: user } : {});
    const json = JSON.stringify(config, null, 2) + "\n";
    try {
      Deno.writeTextFileSync(file, json, { createNew: true });
    } catch (cause) {
      if (cause instanceof Deno.errors.AlreadyExists) {
        throw new Error(`cannot write ${file}: it exists; remove it first`);
      }
      if (cause instanceof Deno.errors.NotFound) {
        throw new Error(`cannot write ${file}: no such directory`, { cause });
      }
      throw cause;
    }
  },
});
