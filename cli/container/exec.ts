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
import { inherited } from "./environment.ts";

export default verb({
  help:
    "Runs a command inside a running container and exits with its exit code.\n" +
    "Words after NAME are the command's own.",
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
  },
  examples: [
    ["rkl container exec web ls -la /", "List the root of web"],
    ["rkl container exec -it web sh", "Open a shell"],
  ],
  async run({ flags: { env, ...flags }, args, globals }) {
    return await execContainer(storeOf(globals), args.name, {
      args: afterDashes(args.command),
      env: inherited(env),
      ...given(flags),
      warn: warner(globals),
    });
  },
});
