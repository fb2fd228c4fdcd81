/**
 * `rkl network connect`
 *
 * @module
 */
import { connectContainer } from "../../container/network/connect.ts";
import { checkLinkName } from "../../net/link_name.ts";
import { given } from "../flags.ts";
import { warner } from "../log.ts";
import { verb } from "../verb.ts";
import { ADDRESS_FLAGS, aliasFlag } from "../container/network_flags.ts";
import { networkStoreOf } from "./store.ts";

export default verb({
  help:
    "Puts a container on one more network. While it runs it gets the interface at\n" +
    "once, and its /etc/hosts the address. It is there too when it starts again.",
  operands: ["NETWORK", "CONTAINER"],
  flags: {
    ...ADDRESS_FLAGS,
    alias: {
      type: [aliasFlag],
      value: "NAME",
      help: "A name of it there, besides its own",
    },
    interface: {
      type: checkLinkName,
      value: "NAME",
      help:
        "What it calls the interface; the first free eth0, eth1 … if not given",
    },
  },
  examples: [
    ["rkl network connect back web", "Put web on the network back too"],
    [
      "rkl network connect --ip 10.9.0.7 --alias db back postgres",
      "Say where it is there, and as what",
    ],
  ],
  async run({ flags, args, globals }) {
    const { ip, ip6, macAddress: mac, alias: aliases, interface: name } = flags;
    await connectContainer(
      networkStoreOf(globals),
      args.container,
      args.network,
      { ...given({ ip, ip6, mac, interface: name }), aliases },
      warner(globals),
    );
  },
});
