/**
 * `vlanTrunk`: the VLANs whose frames keep their tags on a container's port.
 *
 * @module
 */
import { complain } from "../../../sys/problem.ts";
import {
  integer,
  list,
  object,
  optional,
  type Schema,
} from "../../../sys/schema.ts";
import { joinRanges, type VlanRange } from "../../vlan.ts";

/** The number of a VLAN; 0 and 4095 are set aside by IEEE 802.1Q. */
const vlanId = integer(1, 4094);

const Fields = object({
  id: optional(vlanId),
  minID: optional(vlanId),
  maxID: optional(vlanId),
});

/** One entry: an id, or a range by minID and maxID, or both. */
const Entry: Schema<VlanRange[]> = {
  expected: Fields.expected,
  read(value, at, problems) {
    const before = problems.length;
    const { id, minID, maxID } = Fields.read(value, at, problems) ?? {};
    if (problems.length > before) return [];
    const single = id === undefined ? [] : [[id, id] as const];
    if (minID === undefined && maxID === undefined) return single;
    if (minID === undefined || maxID === undefined) {
      const missing = minID === undefined ? "minID" : "maxID";
      complain(`${missing} is missing; a range takes both`, at, problems);
      return [];
    }
    if (maxID < minID) {
      complain(`maxID ${maxID} is less than minID ${minID}`, at, problems);
    }
    return [...single, [minID, maxID]];
  },
};

const Entries = list(Entry, "VLANs");

/** The list, sorted and without overlaps. */
export const VlanTrunk: Schema<VlanRange[]> = {
  expected: Entries.expected,
  read: (value, at, problems) =>
    joinRanges((Entries.read(value, at, problems) ?? []).flat()),
};
