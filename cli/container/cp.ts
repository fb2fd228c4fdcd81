/**
 * `rkl container cp`
 *
 * @module
 */
import {
  type CopyEnd,
  copyFiles,
  copyFromArchive,
  copyToArchive,
} from "../../container/cp.ts";
import { Fd } from "../../sys/fd.ts";
import { isTerminal } from "../../sys/terminal.ts";
import { warner } from "../log.ts";
import { toStdout } from "../archive_output.ts";
import { write } from "../output.ts";
import { formatSize } from "../size.ts";
import { storeOf } from "../store.ts";
import { UsageError } from "../usage.ts";
import { verb } from "../verb.ts";

/** What `-` stands for. */
type End = CopyEnd | "archive";

export default verb({
  help:
    "Copies files and directories from a container or into one, whether it runs or\n" +
    "not. SRC and DST are a path here or CONTAINER:PATH; one of them may be -, a\n" +
    "tar archive on stdin or stdout. A directory goes into a directory that is\n" +
    "there; SRC/. is what is in it. What is copied belongs to who gets it: to root\n" +
    "in a container, to the caller here, and loses set-id bits here; devices stay\n" +
    "where they are, unless --archive is given.",
  operands: ["SRC", "DST"],
  flags: {
    archive: {
      type: Boolean,
      alias: "a",
      help: "Keep owners, set-id bits, attributes and devices",
    },
    followLink: {
      type: Boolean,
      alias: "L",
      help: "Copy what SRC leads to where it is a link",
    },
    quiet: {
      type: Boolean,
      alias: "q",
      help: "Do not say how much was copied, as is said on a terminal",
    },
  },
  examples: [
    ["rkl container cp web:/var/log ./logs", "Copy a directory to here"],
    ["rkl container cp site/. web:/www", "Copy what is in a directory"],
    ["rkl container cp web:/etc - | tar t", "Look at what is there"],
  ],
  async run({ flags, args: { src, dst }, globals }) {
    const store = storeOf(globals);
    const { archive = false, followLink = false } = flags;
    const options = { archive, followLink, warn: warner(globals) };
    const [from, to] = [parseEnd(src), parseEnd(dst)];
    if (from === "archive") {
      const container = to === "archive" ? undefined : to.container;
      if (to === "archive" || container === undefined) throw noContainer();
      return await copyFromArchive(store, stdin(), { ...to, container });
    }
    if (to === "archive") {
      if (from.container === undefined) throw noContainer();
      return await toStdout((out) => copyToArchive(store, from, out, options));
    }
    if (from.container === undefined && to.container === undefined) {
      throw noContainer();
    }
    const size = await copyFiles(store, from, to, options);
    const STDOUT = 1;
    if (flags.quiet || !isTerminal(STDOUT)) return;
    const told = `Successfully copied ${formatSize(size)} to ${dst}\n`;
    write(new TextEncoder().encode(told), "stderr");
  },
});

/** Docker's rule: what begins with / or . is a path of the host. */
function parseEnd(text: string): End {
  if (text === "-") return "archive";
  const colon = text.indexOf(":");
  if (colon < 0 || /^[/.]/.test(text)) return { path: text };
  const [container, path] = [text.slice(0, colon), text.slice(colon + 1)];
  if (container && path) return { container, path };
  throw new UsageError(
    `${text}: it must be CONTAINER:PATH; for a file of that name write ./${text}`,
  );
}

function noContainer(): UsageError {
  return new UsageError(
    "SRC or DST must be CONTAINER:PATH; of files here take cp or tar",
  );
}

function stdin(): Fd {
  const STDIN = 0;
  if (!isTerminal(STDIN)) return new Fd(STDIN, "stdin");
  throw new UsageError("SRC is - and stdin a terminal; give it a tar archive");
}
