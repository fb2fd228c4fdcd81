/**
 * `rkl top`
 *
 * @module
 */
import { processesOf, readProcesses } from "../container/process_facts.ts";
import { print } from "./output.ts";
import { psLines } from "./ps_table.ts";
import { storeOf } from "./store.ts";
import { formatTable } from "./table.ts";
import { columnsFor, processTable } from "./top_columns.ts";
import { verb } from "./verb.ts";

export default verb({
  help:
    "Lists the processes of a container as the host sees them. After NAME may stand\n" +
    "options of ps(1), such as aux or -o pid,rss,cmd, or podman's words for columns,\n" +
    "in which pid and user are the container's own: pid hpid user huser args …\n" +
    "What rkl does not know is left to the host's ps, among the columns the pid.",
  operands: ["NAME", "[OPTIONS...]"],
  stopAtOperand: true,
  flags: {},
  examples: [
    ["rkl top web", "Print a table, as ps -ef"],
    ["rkl top web -o pid,rss,cmd", "Choose the columns"],
    ["rkl top web pid hpid user args", "Pids inside and outside"],
  ],
  async run({ args, globals }) {
    const { pids, init } = await processesOf(storeOf(globals), args.name);
    const columns = columnsFor(args.options);
    const lines = columns
      ? formatTable(processTable(readProcesses(pids, init), columns))
      : await psLines(pids, args.options, "top without OPTIONS");
    for (const line of lines) print(line);
  },
});
