/**
 * `rkl container exec`
 *
 * @module
 */
import { execContainer } from "../../container/exec.ts";
import { given } from "../flags.ts";
import { warner } from "../log.ts";
import { storeOf } from "../store.ts";
import { assignment, text } from "../values.ts";
import { afterDashes, verb } from "../verb.ts";
import { DETACH_KEYS, tellDetached } from "./attach_flags.ts";
import { readEnvironment } from "./env_file.ts";

export default verb({
  help:
    "Runs a command inside a running container and exits with its exit code.\n" +
    "Words after NAME are the command's own. Ctrl-P Ctrl-Q leaves a terminal, and what\n" +
    "runs there goes on.",
  operands: ["NAME", "COMMAND..."],
  stopAtOperand: true,
  flags: {
    interactive: {
      type: Boolean,
      alias: "i",
      help: "Let it read this command's stdin",
    },
    tty: { type: Boolean, alias: "t", help: "Give it a terminal" },
    detach: { type: Boolean, alias: "d", help: "Do not wait for its end" },
    env: {
      type: [assignment],
      alias: "e",
      value: "KEY=VALUE",
      help: "Set an environment variable; KEY alone takes rkl's own",
    },
    envFile: {
      type: [text],
      value: "FILE",
      help: "Set the variables in FILE, one a line",
    },
    user: {
      type: text,
      alias: "u",
      value: "USER[:GROUP]",
      help: "User and group, by name or id",
    },
    workdir: {
      type: text,
      alias: "w",
      value: "PATH",
      help: "Working directory",
    },
    privileged: {
      type: Boolean,
      help: "All capabilities that rkl has itself",
    },
    ...DETACH_KEYS,
  },
  examples: [
    ["rkl container exec web ls -la /", "List the root of web"],
    ["rkl container exec -it web sh", "Open a shell"],
    [
      "rkl container exec -i db sh -c 'cat > /dump' < dump",
      "Copy a file into it",
    ],
  ],
  async run({ flags: { env, envFile, ...flags }, args, globals }) {
    return await execContainer(storeOf(globals), args.name, {
      args: afterDashes(args.command),
      env: readEnvironment(envFile, env),
      ...given(flags),
      detached: tellDetached,
      warn: warner(globals),
    });
  },
});
