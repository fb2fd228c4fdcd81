/**
 * `rkl __daemon`: what a command that needs the daemon starts. It has its lock
 * and its socket already.
 *
 * @module
 */
import { logger } from "../../daemon/log.ts";
import { daemonDirectory, holdOf } from "../../daemon/place.ts";
import { Fd, setInheritable } from "../../sys/fd.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";
import { serveStore } from "./serve.ts";

/** Seconds for which nothing has to need it before it ends. */
const IDLE = 5;

export default verb({
  help: "Serves as the daemon, with its lock and its socket as descriptors.",
  operands: ["LOCK", "SOCKET"],
  flags: {},
  examples: [],
  async run({ args, globals }) {
    Deno.writeTextFileSync("/proc/self/comm", "rkl-daemon");
    const store = storeOf(globals);
    const directory = daemonDirectory(store);
    const [lock, socket] = (["lock", "socket"] as const).map((name) =>
      new Fd(Number(args[name]), `${directory}/${name}`)
    ) as [Fd, Fd];
    for (const { number } of [lock, socket]) setInheritable(number, false);
    const log = logger(directory);
    await serveStore(store, holdOf(lock, socket), { idle: IDLE, log });
  },
});
