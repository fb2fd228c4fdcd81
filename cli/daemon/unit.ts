/**
 * `rkl daemon unit`
 *
 * @module
 */
import { selfArguments } from "../../daemon/self.ts";
import { unitFile } from "../../daemon/unit.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";

export default verb({
  help:
    "Prints a unit of systemd that runs the daemon from the start of the host, so\n" +
    "that containers run again that have a restart policy. It is for this program\n" +
    "and for the --root and --data-root that were given. To install it:\n" +
    "  rkl daemon unit > /etc/systemd/system/rkl.service\n" +
    "  systemctl enable --now rkl\n" +
    "Containers go on while it is stopped or restarted.",
  operands: [],
  flags: {},
  examples: [
    ["rkl daemon unit", "Print the unit"],
    [
      "rkl --data-root /srv/rkl daemon unit",
      "Print one for containers that are kept elsewhere",
    ],
  ],
  run({ globals }) {
    const [_name, ...rest] = selfArguments();
    const unit = unitFile(storeOf(globals), [Deno.execPath(), ...rest]);
    print(unit.trimEnd());
  },
});
