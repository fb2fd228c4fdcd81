/**
 * Expressions: the instructions that a rule is made of. They load into
 * registers, compare what is there, and decide.
 *
 * A register has four bytes, and a longer value takes several in a row; they
 * are numbered here from 0 to 15.
 *
 * @module
 */
import { attr, be32, concat, nest, str } from "../netlink/attribute.ts";
import { NFPROTO, NFTA_DATA, NFTA_LIST_ELEM } from "./message.ts";

/** From enum nft_expr_attributes. */
export const NFTA_EXPR = { NAME: 1, DATA: 2 } as const;

const NFT_REG_VERDICT = 0;
const NFT_REG_1 = 1;
const NFT_REG32_00 = 8;

/** From enum nft_meta_keys. */
export const NFT_META = {
  PROTOCOL: 1,
  IIF: 4,
  IIFNAME: 6,
  OIFNAME: 7,
  NFPROTO: 15,
  L4PROTO: 16,
} as const;

/** From enum nft_payload_bases. */
export const NFT_PAYLOAD = { LINK: 0, NETWORK: 1, TRANSPORT: 2 } as const;

/** From enum nft_ct_keys. */
export const NFT_CT = { STATE: 0, STATUS: 2 } as const;

/** From enum nft_cmp_ops. */
export const NFT_CMP = { EQ: 0, NEQ: 1 } as const;

/** Verdicts, from linux/netfilter.h and enum nft_verdicts. */
export const NFT_VERDICT = {
  drop: 0,
  accept: 1,
  jump: -3,
  goto: -4,
  return: -5,
} as const;

/** Loads a fact about the packet, by its key in {@linkcode NFT_META}. */
export function meta(key: number, register: number): Uint8Array {
  // enum nft_meta_attributes: DREG 1, KEY 2
  return expression("meta", be32(2, key), be32(1, reg(register)));
}

/** Loads bytes of one of the packet's headers. */
export function payload(
  base: number,
  offset: number,
  length: number,
  register: number,
): Uint8Array {
  // enum nft_payload_attributes: DREG 1, BASE 2, OFFSET 3, LEN 4
  return expression(
    "payload",
    be32(1, reg(register)),
    be32(2, base),
    be32(3, offset),
    be32(4, length),
  );
}

/** Loads a fact about the connection, by its key in {@linkcode NFT_CT}. */
export function ct(key: number, register: number): Uint8Array {
  // enum nft_ct_attributes: DREG 1, KEY 2
  return expression("ct", be32(2, key), be32(1, reg(register)));
}

/** Loads the type of route that the destination has, as `fib daddr type`. */
export function fibDaddrType(register: number): Uint8Array {
  // enum nft_fib_attributes: DREG 1, RESULT 2, FLAGS 3
  const [NFT_FIB_RESULT_ADDRTYPE, NFTA_FIB_F_DADDR] = [3, 2];
  return expression(
    "fib",
    be32(3, NFTA_FIB_F_DADDR),
    be32(2, NFT_FIB_RESULT_ADDRTYPE),
    be32(1, reg(register)),
  );
}

/** Goes on to the next rule unless the comparison holds. */
export function cmp(
  op: number,
  register: number,
  value: Uint8Array,
): Uint8Array {
  // enum nft_cmp_attributes: SREG 1, OP 2, DATA 3
  const data = nest(3, attr(NFTA_DATA.VALUE, value));
  return expression("cmp", be32(1, reg(register)), be32(2, op), data);
}

/** Clears the bits in a register that are not in the mask. */
export function mask(register: number, bits: Uint8Array): Uint8Array {
  // enum nft_bitwise_attributes: SREG 1, DREG 2, LEN 3, MASK 4, XOR 5
  return expression(
    "bitwise",
    be32(1, reg(register)),
    be32(2, reg(register)),
    be32(3, bits.length),
    nest(4, attr(NFTA_DATA.VALUE, bits)),
    nest(5, attr(NFTA_DATA.VALUE, new Uint8Array(bits.length))),
  );
}

/** Where and how {@linkcode lookup} looks. */
export interface Lookup {
  readonly set: string;
  /** The id of a set that the same transaction makes, and that has no name. */
  readonly id?: number;
  /** Where the key begins. */
  readonly key: number;
  /** Where a map's value goes. */
  readonly value?: number;
  /** Holds when there is no such key. */
  readonly not?: boolean;
}

/** Goes on to the next rule unless a set or a map has the key. */
export function lookup({ set, id, key, value, not }: Lookup): Uint8Array {
  // enum nft_lookup_attributes: SET 1, SREG 2, DREG 3, SET_ID 4, FLAGS 5
  const NFT_LOOKUP_F_INV = 1;
  return expression(
    "lookup",
    be32(2, reg(key)),
    value === undefined ? concat() : be32(3, reg(value)),
    str(1, set),
    id === undefined ? concat() : be32(4, id),
    not ? be32(5, NFT_LOOKUP_F_INV) : concat(),
  );
}

/** Decides; with a chain, goes there. */
export function verdict(
  name: keyof typeof NFT_VERDICT,
  chain?: string,
): Uint8Array {
  // enum nft_immediate_attributes: DREG 1, DATA 2
  // enum nft_verdict_attributes: CODE 1, CHAIN 2
  return expression(
    "immediate",
    be32(1, NFT_REG_VERDICT),
    nest(
      2,
      nest(
        NFTA_DATA.VERDICT,
        be32(1, NFT_VERDICT[name]),
        chain === undefined ? concat() : str(2, chain),
      ),
    ),
  );
}

/** Rewrites the destination or the source to what registers hold. */
export function nat(
  type: "snat" | "dnat",
  family: 4 | 6,
  registers: { address: number; port?: number },
): Uint8Array {
  // enum nft_nat_attributes: TYPE 1, FAMILY 2, REG_ADDR_MIN 3,
  //   REG_PROTO_MIN 5; the kernel takes each for its MAX too
  const { address, port } = registers;
  return expression(
    "nat",
    be32(1, type === "snat" ? 0 : 1),
    be32(2, family === 4 ? NFPROTO.IPV4 : NFPROTO.IPV6),
    be32(3, reg(address)),
    port === undefined ? concat() : be32(5, reg(port)),
  );
}

/** Rewrites the source to an address of the interface the packet leaves by. */
export function masquerade(): Uint8Array {
  return expression("masq");
}

/** Counts. */
export function counter(): Uint8Array {
  return expression("counter");
}

function expression(name: string, ...attrs: Uint8Array[]): Uint8Array {
  return nest(
    NFTA_LIST_ELEM,
    str(NFTA_EXPR.NAME, name),
    nest(NFTA_EXPR.DATA, ...attrs),
  );
}

/** As the kernel tells them: every fourth has a name of its own. */
function reg(register: number): number {
  return register % 4 === 0
    ? NFT_REG_1 + register / 4
    : NFT_REG32_00 + register;
}
