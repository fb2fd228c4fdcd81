/**
 * `rkl container diff`
 *
 * @module
 */
import { diffContainer } from "../../container/diff.ts";
import { isTerminal } from "../../sys/terminal.ts";
import { print } from "../output.ts";
import { printable } from "../printable.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";

export default verb({
  help:
    "Prints what a container has changed of its image, a path a line: C for changed,\n" +
    "A for added, D for deleted.",
  operands: ["NAME"],
  flags: {},
  examples: [["rkl container diff web", "Print what web has changed"]],
  async run({ args, globals }) {
    const changes = await diffContainer(storeOf(globals), args.name);
    const STDOUT = 1;
    const text = isTerminal(STDOUT) ? printable : (path: string) => path;
    for (const { kind, path } of changes) print(`${kind} ${text(path)}`);
  },
});
