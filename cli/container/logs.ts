/**
 * `rkl container logs`
 *
 * @module
 */
import { readLogs } from "../../container/logs.ts";
import { given } from "../flags.ts";
import { write } from "../output.ts";
import { storeOf } from "../store.ts";
import { integer } from "../values.ts";
import { verb } from "../verb.ts";
import { instant } from "./instant.ts";

export default verb({
  help:
    "Prints what a container has written: its stdout to stdout, its stderr to\n" +
    "stderr.",
  operands: ["NAME"],
  flags: {
    follow: {
      type: Boolean,
      alias: "f",
      help: "Go on printing until the container ends",
    },
    tail: {
      type: integer(0),
      alias: "n",
      value: "N",
      help: "Begin with the last N lines",
    },
    timestamps: {
      type: Boolean,
      alias: "t",
      help: "Print when each line was written",
    },
    since: {
      type: instant,
      value: "TIME",
      help: "Leave out what is older: 90s, 10m, 2h or an RFC 3339 time",
    },
  },
  examples: [
    [
      "rkl container logs --tail 20 -f web",
      "Follow web from its last 20 lines",
    ],
    [
      "rkl container logs -t --since 10m web",
      "The last ten minutes, with times",
    ],
  ],
  async run({ flags, args, globals }) {
    const lines = readLogs(storeOf(globals), args.name, given(flags));
    for await (const { stream, bytes } of lines) write(bytes, stream);
  },
});
