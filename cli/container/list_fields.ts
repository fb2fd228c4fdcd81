/**
 * A container in the words of docker's list: what its columns show, and what
 * `--format` may name.
 *
 * @module
 */
import { type LabelFields, labelFields } from "../label_fields.ts";
import type { Summary } from "../../container/describe.ts";
import { shortId } from "../../container/id.ts";
import type { Listing } from "../format.ts";
import { portsText } from "./ports_text.ts";
import { agoText, stateWord, statusText } from "./status_text.ts";

/** What of a container is shown. */
export interface ListFields extends LabelFields {
  readonly ID: string;
  readonly Names: string;
  readonly Image: string;
  readonly Command: string;
  readonly CreatedAt: string;
  readonly RunningFor: string;
  readonly State: string;
  readonly Status: string;
  readonly Ports: string;
  readonly Networks: string;
  /** Volumes by name, all else by where it is on the host. */
  readonly Mounts: string;
  /** How many volumes there are among them. */
  readonly LocalVolumes: number;
  readonly Pid: number;
  readonly ExitCode: number;
}

/** The columns of the table, and their headings where they are others. */
export const LISTING: Listing<ListFields> = {
  columns: ["ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names"],
  headings: {
    ID: "CONTAINER ID",
    RunningFor: "CREATED",
    CreatedAt: "CREATED AT",
    ExitCode: "EXIT CODE",
  },
};

/** Letters of a command that a table has room for. */
const ROOM = 20;

/**
 * The fields of one container.
 *
 * @param options Whether long ones are shown in full, and what time it is.
 */
export function listFields(
  container: Summary,
  { full, now }: { full: boolean; now: Date },
): ListFields {
  const { id, name, image, command, created, labels, pid = 0 } = container;
  return {
    ID: full ? id : shortId(id),
    Names: name,
    Image: image,
    Command: commandText(command.join(" "), full),
    CreatedAt: created,
    RunningFor: agoText(created, now),
    State: stateWord(container),
    Status: statusText(container, now),
    Ports: portsText(container.ports ?? []),
    Networks: container.networkNames.join(","),
    Mounts: mountsText(container),
    LocalVolumes: container.mounts.filter(isVolume).length,
    ...labelFields(labels),
    Pid: pid,
    ExitCode: container.exitCode ?? 0,
  };
}

function mountsText({ mounts }: Summary): string {
  return mounts.map(({ name, source }) => name ?? source)
    .filter((text) => text !== "").join(",");
}

function isVolume({ type }: Summary["mounts"][number]): boolean {
  return type === "volume";
}

/** In quotes, in one line, and with an end, as docker shows it. */
function commandText(command: string, full: boolean): string {
  const line = JSON.stringify(command).slice(1, -1);
  const shown = full || line.length <= ROOM
    ? line
    : `${line.slice(0, ROOM - 1)}…`;
  return `"${shown}"`;
}
