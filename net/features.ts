/**
 * What networks of containers take of the kernel, asked of it where nobody
 * sees it: in a network namespace that is gone again at once.
 *
 * A module that the kernel loads by itself counts as being there.
 *
 * @module
 */
import { describeErrno } from "../sys/errno.ts";
import { SyscallError } from "../sys/errors.ts";
import { type Answer, type Finding, findingOf } from "../sys/finding.ts";
import { hasCode, NetlinkError } from "./netlink/errors.ts";
import type { Outcome } from "./netlink/exchange.ts";
import { askKind } from "./netlink/link_kind.ts";
import { NetworkError } from "./network_error.ts";
import {
  askFiltering,
  inTrial,
  type Kernel,
  NEIGHBOURS,
  PORTS,
  rule,
  tryPlan,
} from "./trial.ts";

/** Something of the kernel's that networks take. */
export interface Feature {
  /** Small letters and `-`; it does not change. */
  readonly name: string;
  /** As in "the kernel lacks …". */
  readonly title: string;
  /** Options of the kernel's configuration, most often one. */
  readonly option: string;
  /** What it is good for. */
  readonly why: string;
  /** Works without, and what; else no container is on a network without. */
  readonly optional?: string;
}

/** A feature and how the kernel is asked: what it refuses is missing. */
interface Question extends Feature {
  /** A feature that this one is a part of. */
  readonly of?: string;
  ask(kernel: Kernel): Outcome;
}

/** What works on a kernel without networks. */
const WITHOUT = "--network host, none and container:NAME work without";

const QUESTIONS: readonly Question[] = [
  {
    name: "veth",
    title: "veth pairs",
    option: "CONFIG_VETH",
    why: "connects a container to a network",
    ask: ({ route }) => askKind(route, "veth"),
  },
  {
    name: "bridge",
    title: "bridges",
    option: "CONFIG_BRIDGE",
    why: "is where the containers of a network meet",
    ask: ({ route }) => askKind(route, "bridge"),
  },
  {
    name: "nf-tables",
    title: "nf_tables",
    option: "CONFIG_NF_TABLES and CONFIG_NF_TABLES_INET",
    why: "keeps networks apart and publishes ports",
    ask: (kernel) => tryPlan(kernel, []),
  },
  {
    name: "nft-conntrack",
    of: "nf-tables",
    title: "connection tracking in nf_tables",
    option: "CONFIG_NFT_CT",
    why: "lets answers back in",
    ask: (kernel) =>
      tryPlan(kernel, rule("conntrack", { has: "ct state", any: ["new"] })),
  },
  {
    name: "nft-nat",
    of: "nf-tables",
    title: "address translation in nf_tables",
    option: "CONFIG_NFT_NAT",
    why: "leads published ports to containers",
    ask: (kernel) =>
      tryPlan(kernel, [
        { add: "set", set: PORTS },
        ...rule("nat", { is: "meta l4proto", oneOf: ["tcp", "udp"] }, {
          do: "dnat",
          family: 4,
          key: ["meta l4proto", "th dport"],
          map: PORTS.name,
        }),
      ]),
  },
  {
    name: "nft-masquerade",
    of: "nf-tables",
    title: "masquerading in nf_tables",
    option: "CONFIG_NFT_MASQ",
    why: "gives what leaves a network the host's address",
    ask: (kernel) => tryPlan(kernel, rule("masquerade", { do: "masquerade" })),
  },
  {
    name: "nft-fib",
    of: "nf-tables",
    title: "routes in nf_tables",
    option: "CONFIG_NFT_FIB_INET",
    why: "tells the host's own addresses from others",
    ask: (kernel) =>
      tryPlan(
        kernel,
        rule("fib", { is: "fib daddr type", value: "local" }),
      ),
  },
  {
    name: "nft-intervals",
    of: "nf-tables",
    title: "intervals among several parts in nf_tables",
    option: "Linux 5.6",
    why: "finds the neighbours in a network",
    ask: (kernel) => tryPlan(kernel, [{ add: "set", set: NEIGHBOURS }]),
  },
  {
    name: "nft-counter",
    of: "nf-tables",
    title: "counters in nf_tables",
    option: "CONFIG_NFT_COUNTER",
    why: "counts what is dropped",
    ask: (kernel) => tryPlan(kernel, rule("counter", { do: "counter" })),
  },
  {
    name: "vlan",
    title: "VLANs",
    option: "CONFIG_VLAN_8021Q",
    why: "splits an interface by 802.1Q tags",
    optional: "networks without VLANs work",
    ask: ({ route }) => askKind(route, "vlan"),
  },
  {
    name: "bridge-vlan-filtering",
    title: "VLAN filtering of bridges",
    option: "CONFIG_BRIDGE_VLAN_FILTERING",
    why: "keeps VLANs apart on one bridge",
    optional: "networks without VLANs work",
    ask: ({ route }) => askFiltering(route),
  },
];

/** What networks take, in the order in which it is asked. */
export const FEATURES: readonly Feature[] = QUESTIONS;

/** A kernel on which no container can be on a network. */
export class MissingFeatureError extends NetworkError {
  /** Tells it from other errors. */
  override readonly name = "MissingFeatureError";

  /** Names the options, and what works without them. */
  constructor(
    attempt: string,
    /** What is missing; one or more. */
    readonly features: readonly Feature[],
    options?: ErrorOptions,
  ) {
    const list = features.map(({ title, option }) => `${title} (${option})`);
    super(
      `cannot ${attempt}: the kernel lacks ${list.join(", ")}; load the ` +
        `modules or take a kernel that has them; ${WITHOUT}`,
      options,
    );
  }
}

/**
 * What to throw for a failure of networks: an error that names what the kernel
 * lacks, or the same one where that is not the reason. The kernel is asked only
 * now, as it takes milliseconds.
 *
 * @param attempt What failed; completes "cannot …".
 */
export function explainMissing(attempt: string, error: unknown): unknown {
  const { cause } = Object(error) as { cause?: unknown };
  const refused = [error, cause].some((each) =>
    each instanceof NetlinkError || each instanceof SyscallError
  );
  if (!refused) return error;
  const missing = missingFeatures(askKernel());
  if (missing.length === 0) return error;
  return new MissingFeatureError(attempt, missing, { cause: error });
}

/** What is missing and needed; of a whole that is missing, not the parts. */
export function missingFeatures(answers: readonly Answer[]): Feature[] {
  const missing = QUESTIONS.filter((_, i) => answers[i]!.status === "missing");
  const names = missing.map(({ name }) => name);
  return missing.filter(({ optional, of }) =>
    optional === undefined && !names.includes(of ?? "")
  );
}

/** All features as findings. */
export function findFeatures(): Finding[] {
  const answers = askKernel();
  const missing = new Set(
    QUESTIONS.filter((_, i) => answers[i]!.status === "missing")
      .map(({ name }) => name),
  );
  return QUESTIONS.map((
    { name, why, option, optional = WITHOUT, of = "" },
    i,
  ) =>
    missing.has(of)
      ? findingOf(
        { name, why, remedy: `see ${of}` },
        { status: "missing", detail: `part of ${of}` },
      )
      : findingOf({ name, why, remedy: `${option}; ${optional}` }, answers[i]!)
  );
}

/** The answers of this kernel. */
function askKernel(): Answer[] {
  try {
    return inTrial(answerAll);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    const detail = `cannot be asked: ${error.message}`;
    return QUESTIONS.map(() => ({ status: "unknown", detail }));
  }
}

/** The answers of a kernel, in the order of {@linkcode FEATURES}. */
export function answerAll(kernel: Kernel): Answer[] {
  return QUESTIONS.map(({ ask }): Answer => {
    const outcome = ask(kernel);
    if (!(outcome instanceof Error)) return { status: "ok", detail: "" };
    const forbidden = hasCode(outcome, "EPERM", "EACCES");
    const status = forbidden ? "unknown" : "missing";
    const detail = outcome instanceof NetlinkError
      ? describeErrno(outcome.verdict.errno)
      : outcome.message;
    return { status, detail };
  });
}
