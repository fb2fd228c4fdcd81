/**
 * `rkl network create`
 *
 * @module
 */
import { note, ofNetwork } from "../../container/journal/journal.ts";
import { parseAddress } from "../../net/address.ts";
import { createNetwork } from "../../net/network_making.ts";
import { parseNetwork } from "../../net/prefix.ts";
import { given } from "../flags.ts";
import { warner } from "../log.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { integer, label, pair } from "../values.ts";
import { verb } from "../verb.ts";

export default verb({
  help:
    "Creates a network and prints its name, which is chosen unless it is given. A\n" +
    "subnet that is not given is chosen free of the host's routes, VPNs included,\n" +
    "and of other networks. The bridge is made when a container first uses it.\n" +
    "Options are docker's and podman's: com.docker.network.bridge.name,\n" +
    "com.docker.network.bridge.enable_ip_masquerade and .enable_icc,\n" +
    "com.docker.network.driver.mtu, mtu, isolate; and rkl's own: vlan,\n" +
    "vlan-trunk=100,200-300 (frames have tags in the containers),\n" +
    "preserve-default-vlan (they are in VLAN 1 too), hairpin, mac-spoof-check and\n" +
    "ip-spoof-check (what a container sends under another's address is dropped),\n" +
    "publish-from=192.0.2.0/24 (who may connect to published ports).\n" +
    "Networks with different VLANs may share a bridge, by its name.",
  operands: ["[NAME]"],
  flags: {
    driver: {
      type: driver,
      alias: "d",
      value: "DRIVER",
      help: "bridge (default), the only one there is",
    },
    subnet: {
      type: [parseNetwork],
      value: "CIDR",
      help: "Take this IPv4 or IPv6 subnet, such as 10.9.0.0/24",
    },
    gateway: {
      type: [parseAddress],
      value: "IP",
      help: "The bridge's address; the first of its subnet by default",
    },
    ipRange: {
      type: [parseNetwork],
      value: "CIDR",
      help: "Choose containers' addresses from this part of a subnet",
    },
    ipv6: { type: Boolean, help: "Have IPv6 too, in a subnet that is chosen" },
    internal: { type: Boolean, help: "Let nothing out of the network" },
    isolate: { type: Boolean, help: "Let nothing in from other networks" },
    mtu: {
      type: integer(68, 65535),
      value: "BYTES",
      help: "The most a frame carries, such as 1400",
    },
    vlan: {
      type: integer(1, 4094),
      value: "ID",
      help: "Put containers into this VLAN of the bridge",
    },
    label: {
      type: [label],
      value: "KEY[=VALUE]",
      help: "Attach a label, for those who list it",
    },
    opt: {
      type: [pair],
      alias: "o",
      value: "KEY=VALUE",
      help: "Set an option of the driver",
    },
  },
  examples: [
    ["rkl network create web", "Create the network web"],
    [
      "rkl network create --subnet 10.9.0.0/24 --gateway 10.9.0.254 web",
      "Say which addresses it has",
    ],
    ["rkl network create --ipv6 --internal db", "Both IP versions, no way out"],
    [
      "rkl network create --vlan 100 -o com.docker.network.bridge.name=lan db",
      "A VLAN of the bridge lan, which other networks may be on",
    ],
  ],
  run({ flags, args, globals }) {
    const { subnet, gateway, ipRange, opt } = flags;
    const { ipv6, internal, isolate, mtu, vlan } = flags;
    const store = storeOf(globals);
    const network = createNetwork(store, {
      ...given({ name: args.name, ipv6, internal, isolate, mtu, vlan }),
      subnets: subnet,
      gateways: gateway,
      ipRanges: ipRange,
      labels: Object.fromEntries(flags.label),
      options: Object.fromEntries(opt),
    });
    note(store, ofNetwork(network, "create"), warner(globals));
    print(network.name);
  },
});

function driver(text: string): string {
  if (text === "bridge") return text;
  throw new Error("must be bridge; rkl has no other driver");
}
