/**
 * Rules: statements in nft's terms, compiled to expressions, and read back.
 *
 * @module
 */
import type { Family } from "../address.ts";
import {
  type Attributes,
  be64,
  concat,
  nest,
  str,
} from "../netlink/attribute.ts";
import {
  decodePayload,
  type Message,
  NLM_F,
  type Request,
} from "../netlink/message.ts";
import { hostPrefix } from "../prefix.ts";
import { encodeValue, isAddress, sizeOf, type Value } from "./datatype.ts";
import {
  cmp,
  counter,
  lookup,
  mask,
  masquerade,
  nat,
  NFT_CMP,
  NFTA_EXPR,
  verdict,
} from "./expression.ts";
import {
  CT_FLAGS,
  type Field,
  fieldType,
  loadFields,
  loadFlags,
} from "./field.ts";
import {
  comment,
  decodeComment,
  NFGENMSG,
  NFTA_LIST_ELEM,
  nftRequest,
} from "./message.ts";
import { dropsAll } from "./drops_all.ts";
import { addAnonymousSet, ANONYMOUS } from "./anonymous_set.ts";

/** From enum nft_rule_attributes. */
const NFTA_RULE = {
  TABLE: 1,
  CHAIN: 2,
  HANDLE: 3,
  EXPRESSIONS: 4,
  USERDATA: 7,
} as const;

/** A condition, or what happens when all before it hold. */
export type Statement =
  /** `iifname != "lo"`, `ip daddr 127.0.0.0/8`, `fib daddr type local` */
  | { is: Field; value: Value; not?: true }
  /** `meta l4proto { tcp, udp }`; at most once in a rule */
  | { is: Field; oneOf: readonly Value[] }
  /** `ct state established,related` */
  | HasFlag
  /** `iifname . oifname @SET` */
  | { in: string; key: readonly Field[]; not?: true }
  | { do: "counter" | "accept" | "drop" | "return" | "masquerade" }
  | { do: "jump" | "goto"; chain: string }
  /** `dnat ip to KEY map @MAP`; the map has addresses and ports */
  | { do: "dnat"; family: Family; key: readonly Field[]; map: string };

/** A condition on the connection. */
type HasFlag = {
  [F in keyof typeof CT_FLAGS]: {
    has: F;
    any: readonly (keyof typeof CT_FLAGS[F]["bits"])[];
  };
}[keyof typeof CT_FLAGS];

/** A rule of a chain. */
export interface Rule {
  readonly table: string;
  readonly chain: string;
  readonly statements: readonly Statement[];
  /** A note for people. */
  readonly comment?: string;
}

/** A rule as the kernel tells of it. */
export interface ListedRule {
  readonly table: string;
  readonly chain: string;
  /** What a request to delete it names. */
  readonly handle: bigint;
  readonly comment?: string;
  /** The names of its expressions. */
  readonly expressions: readonly string[];
  /** Whether no packet gets past it. */
  readonly dropsAll: boolean;
  /** What its counter has counted. */
  readonly counted?: { readonly packets: bigint; readonly bytes: bigint };
}

/**
 * `nft add rule inet TABLE CHAIN …`, behind those that are there. The id is one
 * that no set of the transaction has: the rule may need a set of its own.
 *
 * @throws {InvalidValueError}
 */
export function addRule(rule: Rule, id: number): Request[] {
  const { table, chain, statements, comment: note } = rule;
  const sets = statements.flatMap((statement) => {
    if (!("oneOf" in statement)) return [];
    const { type } = fieldType(statement.is);
    return addAnonymousSet({ table, type, values: statement.oneOf, id });
  });
  return [
    ...sets,
    nftRequest(
      `add a rule to the chain ${chain} of the table ${table}`,
      "NEWRULE",
      NLM_F.ACK | NLM_F.CREATE | NLM_F.APPEND,
      str(NFTA_RULE.TABLE, table),
      str(NFTA_RULE.CHAIN, chain),
      nest(NFTA_RULE.EXPRESSIONS, ...compile(statements, id)),
      note === undefined ? concat() : comment(NFTA_RULE.USERDATA, note),
    ),
  ];
}

/** `nft delete rule inet TABLE CHAIN handle HANDLE` */
export function deleteRule(
  rule: Pick<ListedRule, "table" | "chain" | "handle">,
): Request {
  const { table, chain, handle } = rule;
  return nftRequest(
    `delete rule ${handle} of the chain ${chain} of the table ${table}`,
    "DELRULE",
    NLM_F.ACK,
    str(NFTA_RULE.TABLE, table),
    str(NFTA_RULE.CHAIN, chain),
    be64(NFTA_RULE.HANDLE, handle),
  );
}

/** `nft list table inet TABLE`; for a dump. */
export function listRules(table: string): Request {
  return nftRequest(
    `list the rules of the table ${table}`,
    "GETRULE",
    0,
    str(NFTA_RULE.TABLE, table),
  );
}

/**
 * Reads a message of type NEWRULE or DELRULE.
 *
 * @throws {MalformedMessageError}
 */
export function decodeRule(message: Message): ListedRule {
  const { attrs } = decodePayload(message, NFGENMSG);
  const expressions = attrs.nested(NFTA_RULE.EXPRESSIONS)
    ?.list(NFTA_LIST_ELEM) ?? [];
  const nameOf = (expr: Attributes) => expr.string(NFTA_EXPR.NAME) ?? "";
  const count = expressions.find((expr) => nameOf(expr) === "counter")
    ?.nested(NFTA_EXPR.DATA);
  const note = decodeComment(attrs.bytes(NFTA_RULE.USERDATA));
  return {
    table: attrs.string(NFTA_RULE.TABLE) ?? "",
    chain: attrs.string(NFTA_RULE.CHAIN) ?? "",
    handle: attrs.be64(NFTA_RULE.HANDLE) ?? 0n,
    ...(note !== undefined && { comment: note }),
    expressions: expressions.map(nameOf),
    dropsAll: dropsAll(expressions),
    ...(count && {
      // enum nft_counter_attributes: BYTES 1, PACKETS 2
      counted: { packets: count.be64(2) ?? 0n, bytes: count.be64(1) ?? 0n },
    }),
  };
}

/**
 * The expressions of statements. Fields that only one IP version has are
 * looked at only in its packets, which in the family `bridge` `meta protocol`
 * has to say before.
 */
export function compile(
  statements: readonly Statement[],
  id: number,
): Uint8Array[] {
  let known: Family | undefined;
  return statements.flatMap((statement) => {
    known = saidBy(statement) ?? known;
    const family = familyOf(statement);
    const isNews = family !== undefined && family !== known;
    if (isNews) known = family;
    return [
      ...(isNews ? onlyFamily(family) : []),
      ...compileStatement(statement, id),
    ];
  });
}

function compileStatement(statement: Statement, id: number): Uint8Array[] {
  if ("value" in statement) {
    const { is, value, not } = statement;
    const { type } = fieldType(is);
    const { first } = encodeValue(type, value);
    return [
      ...loadFields([is]),
      ...maskOf(value, sizeOf(type)),
      cmp(not ? NFT_CMP.NEQ : NFT_CMP.EQ, 0, first),
    ];
  }
  if ("oneOf" in statement) {
    const load = loadFields([statement.is]);
    return [...load, lookup({ set: ANONYMOUS, id, key: 0 })];
  }
  if ("has" in statement) {
    const { has, any } = statement;
    const known: Record<string, number> = CT_FLAGS[has].bits;
    const bits = any.reduce((sum, word) => sum | known[word]!, 0);
    return [
      loadFlags(has),
      mask(0, new Uint8Array(Uint32Array.of(bits).buffer)),
      cmp(NFT_CMP.NEQ, 0, new Uint8Array(4)),
    ];
  }
  if ("in" in statement) {
    const { in: set, key, not = false } = statement;
    return [...loadFields(key), lookup({ set, key: 0, not })];
  }
  switch (statement.do) {
    case "counter":
      return [counter()];
    case "masquerade":
      return [masquerade()];
    case "jump":
    case "goto":
      return [verdict(statement.do, statement.chain)];
    case "dnat": {
      const { family, key, map } = statement;
      const port = family === 4 ? 1 : 4; // behind the address
      return [
        ...loadFields(key),
        lookup({ set: map, key: 0, value: 0 }),
        nat("dnat", family, { address: 0, port }),
      ];
    }
    default:
      return [verdict(statement.do)];
  }
}

/** Which IP version a statement takes for granted. */
function familyOf(statement: Statement): Family | undefined {
  const fields = "is" in statement
    ? [statement.is]
    : "key" in statement
    ? statement.key
    : [];
  return fields.map((field) => fieldType(field).family).find(Boolean);
}

/** The IP version of the frames that a statement lets through. */
function saidBy(statement: Statement): Family | undefined {
  if (!("value" in statement) || statement.is !== "meta protocol") return;
  if (statement.not) return undefined;
  return statement.value === "ip"
    ? 4
    : statement.value === "ip6"
    ? 6
    : undefined;
}

function onlyFamily(family: Family): Uint8Array[] {
  const { first } = encodeValue("nf_proto", `ipv${family}`);
  return [...loadFields(["meta nfproto"]), cmp(NFT_CMP.EQ, 0, first)];
}

/** Clears the bits beyond a prefix, if it is one and leaves some out. */
function maskOf(value: Value, size: number): Uint8Array[] {
  if (typeof value !== "object") return [];
  const { length } = isAddress(value) ? hostPrefix(value) : value;
  if (length === size * 8) return [];
  const bits = Uint8Array.from({ length: size }, (_, i) => {
    const inByte = Math.min(8, Math.max(0, length - i * 8));
    return 0xff << (8 - inByte) & 0xff;
  });
  return [mask(0, bits)];
}
