/**
 * `rkl exec`
 *
 * @module
 */
import { exec } from "../runtime/exec.ts";
import { given } from "./flags.ts";
import { warner } from "./log.ts";
import { PROCESS_FLAGS } from "./oci_flags.ts";
import { storeOf } from "./store.ts";
import { UsageError } from "./usage.ts";
import { assignment, integer, text } from "./values.ts";
import { afterDashes, verb } from "./verb.ts";

export default verb({
  help:
    "Runs another process inside a running container and exits with its exit\n" +
    "code. Words after ID are the command's own.",
  operands: ["ID", "[COMMAND...]"],
  stopAtOperand: true,
  flags: {
    process: {
      type: text,
      alias: "p",
      value: "FILE",
      help: "Take the process from this JSON, in the form of config.json",
    },
    cwd: { type: text, value: "DIR", help: "Working directory" },
    env: {
      type: [assignment],
      alias: "e",
      value: "KEY=VALUE",
      help: "Set an environment variable",
    },
    user: {
      type: text,
      alias: "u",
      value: "UID[:GID]",
      help: "User and group ids",
    },
    additionalGids: {
      type: [integer(0, 0xffff_fffe)],
      alias: "g",
      value: "GID",
      help: "Add a supplementary group",
    },
    tty: { type: Boolean, alias: "t", help: "Give the process a terminal" },
    detach: { type: Boolean, alias: "d", help: "Do not wait for its end" },
    cap: {
      type: [text],
      alias: "c",
      value: "CAP",
      help: "Add a capability",
    },
    noNewPrivs: {
      type: Boolean,
      help: "Let no program it executes gain privileges",
    },
    ...PROCESS_FLAGS,
  },
  examples: [
    ["rkl exec web ls -la /", "List the root of web"],
    ["rkl exec -t -e TERM=xterm web sh", "Open a shell in a terminal"],
    ["rkl exec --process process.json web", "Run what a file describes"],
  ],
  async run({ flags, args, globals }) {
    const command = afterDashes(args.command);
    if (!flags.process && command.length === 0) {
      throw new UsageError(
        "COMMAND is missing; it takes ID COMMAND..., or ID with --process FILE",
      );
    }
    return await exec(storeOf(globals), args.id, {
      args: command,
      ...given(flags),
      warn: warner(globals),
    });
  },
});
