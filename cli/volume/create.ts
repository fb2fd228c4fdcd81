/**
 * `rkl volume create`
 *
 * @module
 */
import { note, ofVolume } from "../../container/journal/journal.ts";
import { createVolume } from "../../volume/store.ts";
import { type FlagTable, given } from "../flags.ts";
import { warner } from "../log.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { label, oneOf, pair } from "../values.ts";
import { verb } from "../verb.ts";

const FLAGS = {
  driver: {
    type: oneOf("local"),
    alias: "d",
    value: "DRIVER",
    help: "local (default), the only one there is",
  },
  opt: {
    type: [pair],
    alias: "o",
    value: "KEY=VALUE",
    help: "Set an option of the driver",
  },
  label: {
    type: [label],
    value: "KEY[=VALUE]",
    help: "Attach a label, for those who list it",
  },
} as const satisfies FlagTable;

export default verb({
  help:
    "Creates a volume and prints its name, which is chosen unless it is given. One\n" +
    "that is there already stays as it is. Options are those of docker's local\n" +
    "driver, as mount(8) has them: type, device and o. What they mount, each\n" +
    "container mounts for itself and in its own network: a tmpfs is not shared.",
  operands: ["[NAME]"],
  flags: FLAGS,
  examples: [
    ["rkl volume create files", "Create the volume files"],
    [
      "rkl volume create -o type=none -o o=bind -o device=/srv/files files",
      "Give a directory of the host a name",
    ],
    [
      "rkl volume create -o type=tmpfs -o device=tmpfs -o o=size=64m scratch",
      "Say how large a tmpfs is",
    ],
  ],
  run({ flags, args, globals }) {
    const store = storeOf(globals);
    const wishes = {
      ...given({ name: args.name }),
      labels: Object.fromEntries(flags.label),
      options: Object.fromEntries(flags.opt),
    };
    const volume = createVolume(store, wishes, ({ name }) => {
      note(store, ofVolume(name, "create"), warner(globals));
    });
    print(volume.name);
  },
});
