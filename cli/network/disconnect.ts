/**
 * `rkl network disconnect`
 *
 * @module
 */
import { disconnectContainer } from "../../container/network/connect.ts";
import { given } from "../flags.ts";
import { warner } from "../log.ts";
import { verb } from "../verb.ts";
import { networkStoreOf } from "./store.ts";

export default verb({
  help:
    "Takes a container off a network, while it runs or does not. Where its default\n" +
    "route led there, the next network it is on leads out.",
  operands: ["NETWORK", "CONTAINER"],
  flags: {
    force: {
      type: Boolean,
      alias: "f",
      help: "Also where the container or the network is gone",
    },
  },
  examples: [["rkl network disconnect back web", "Take web off back"]],
  async run({ flags: { force }, args, globals }) {
    const store = networkStoreOf(globals);
    const { container, network } = args;
    await disconnectContainer(
      store,
      container,
      network,
      given({ force }),
      warner(globals),
    );
  },
});
