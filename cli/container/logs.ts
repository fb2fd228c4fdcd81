/**
 * `rkl container logs`
 *
 * @module
 */
import { type LogOptions, readLogs } from "../../container/logs.ts";
import { writeOut } from "../../runtime/output.ts";
import { given } from "../flags.ts";
import { warner } from "../log.ts";
import { storeOf } from "../store.ts";
import { integer, oneOf } from "../values.ts";
import { verb } from "../verb.ts";
import { moment } from "./moment.ts";

export default verb({
  help:
    "Prints what a container has written: its stdout to stdout, its stderr to\n" +
    "stderr. A TIME is 90s, 10m or 1h30m ago, an RFC 3339 time, or seconds since\n" +
    "1970.",
  operands: ["NAME"],
  flags: {
    follow: {
      type: Boolean,
      alias: "f",
      help: "Go on printing until the container ends",
    },
    tail: {
      type: lines,
      alias: "n",
      value: "N",
      help: "Begin with the last N lines; all by default",
    },
    timestamps: {
      type: Boolean,
      alias: "t",
      help: "Print when each line was written",
    },
    since: {
      type: moment,
      value: "TIME",
      help: "Leave out the lines that are older",
    },
    until: {
      type: moment,
      value: "TIME",
      help: "Leave out the lines that are newer",
    },
    stdout: { type: Boolean, help: "Leave out stderr" },
    stderr: { type: Boolean, help: "Leave out stdout" },
    details: {
      type: Boolean,
      help: "Print what --log-opt labels=… or env=… chose with each line",
    },
    format: {
      type: oneOf("text", "cri", "json-file"),
      value: "FORMAT",
      help: "cri or json-file: as Kubernetes and docker keep logs, to stdout",
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
    [
      "rkl container logs --format json-file web >web.json",
      "All of it, as docker keeps it",
    ],
  ],
  async run({ flags, args, globals }) {
    const { stdout, stderr, tail, format = "text", ...rest } = flags;
    const options: LogOptions = {
      ...given({ ...rest, ...(tail !== "all" && { tail }) }),
      format,
      warn: warner(globals),
      ...stdout !== stderr && {
        streams: new Set([stdout ? "stdout" as const : "stderr" as const]),
      },
    };
    const pieces = readLogs(storeOf(globals), args.name, options);
    const STDOUT = 1, STDERR = 2;
    for await (const { stream, bytes } of pieces) {
      const isError = format === "text" && stream === "stderr";
      await writeOut(isError ? STDERR : STDOUT, bytes);
    }
  },
});

/** Docker takes anything else for all; a mistake is told here. */
function lines(text: string): number | "all" {
  if (text === "all" || text === "-1") return "all";
  try {
    return integer(0)(text);
  } catch {
    throw new Error("must be a number of lines, or all");
  }
}
