import assert from "node:assert/strict";
import fc from "fast-check";
import { parseAddress } from "../address.ts";
import { MalformedMessageError } from "../netlink/attribute.ts";
import { holdsOut, noise, spoilt } from "../netlink/fuzz.ts";
import type { Message } from "../netlink/message.ts";
import { parsePrefix } from "../prefix.ts";
import { decodeChain } from "./chain.ts";
import { decodeElements, deleteElements, type Element } from "./element.ts";
import { nftType } from "./message.ts";
import { type Addition, encodePlan, formatPlan } from "./plan.ts";
import { decodeRule, type Statement } from "./rule.ts";
import { decodeSet, type SetType } from "./set.ts";
import { decodeTable } from "./table.ts";

const TABLE = "0100000008000100726b6c00";
const LIMITED: SetType = {
  table: "rkl",
  name: "limited4",
  key: ["inet_proto", "ipv4_addr", "ipv4_addr", "inet_service"],
  value: ["ipv4_addr", "inet_service"],
  interval: true,
};
const ELEMENT: Element = {
  key: ["tcp", parsePrefix("10.0.0.0/8"), parsePrefix("0.0.0.0/0"), 8080],
  value: [parseAddress("10.88.0.2"), 80],
  comment: "web",
};
const KEY = "500001801800018014000100060000000a000000000000001f900000" +
  "18000a8014000100060000000affffffffffffff1f900000";

/** A rule of the chain `forward` or `publish`. */
function rule(
  chain: string,
  comment: string | undefined,
  ...statements: Statement[]
): Addition {
  const note = comment === undefined ? {} : { comment };
  return { add: "rule", rule: { table: "rkl", chain, statements, ...note } };
}

/** What nft 1.0.6 reads and sends (`nft --debug=mnl`). */
const RECORDED: readonly [string, Addition, number, string][] = [
  [
    'add table inet rkl { comment "rkl 1"; }',
    { add: "table", table: { name: "rkl", comment: "rkl 1" } },
    0,
    TABLE + "08000200000000000c0006000006726b6c203100",
  ],
  [
    "add chain inet rkl raw " +
    "{ type filter hook prerouting priority -300; policy accept; }",
    {
      add: "chain",
      chain: {
        table: "rkl",
        name: "raw",
        base: {
          type: "filter",
          hook: "prerouting",
          priority: -300,
          policy: "accept",
        },
      },
    },
    3,
    TABLE +
    "08000300726177000b00070066696c7465720000080005000000000114000480080001" +
    "000000000008000200fffffed4",
  ],
  [
    "add chain inet rkl publish",
    { add: "chain", chain: { table: "rkl", name: "publish" } },
    3,
    TABLE + "0c0003007075626c69736800",
  ],
  [
    "add set inet rkl bridges { type ifname; }",
    {
      add: "set",
      set: { table: "rkl", name: "bridges", key: ["ifname"] },
    },
    9,
    TABLE +
    "0c000200627269646765730008000300000000000800040000000029080005000000001008" +
    "000a00000000010a000d000004010000000000",
  ],
  [
    "add map inet rkl limited4 { type inet_proto . ipv4_addr . ipv4_addr . " +
    "inet_service : ipv4_addr . inet_service; flags interval; }",
    { add: "set", set: LIMITED },
    9,
    // Without the user data that follows: nft gets on without it.
    TABLE +
    "0d0002006c696d697465643400000000080003000000008c08000400003071cd0800050000" +
    "00001008000600000001cd080007000000000808000a000000000138000980340002800c00" +
    "018008000100000000010c00018008000100000000040c00018008000100000000040c0001" +
    "8008000100000000" + "02",
  ],
  [
    'create element inet rkl limited4 { tcp . 10.0.0.0/8 . 0.0.0.0/0 . 8080 comment "web" : 10.88.0.2 . 80 }',
    { add: "elements", set: LIMITED, elements: [ELEMENT] },
    12,
    // Without the set's id, which only a set without a name needs.
    TABLE + "0d0002006c696d69746564340000000054000380" + KEY +
    "100002800c0001000a580002005000000a0006000004776562000000",
  ],
  [
    'add rule inet rkl publish ct status dnat counter drop comment "no"',
    rule(
      "publish",
      "no",
      { has: "ct status", any: ["dnat"] },
      { do: "counter" },
      { do: "drop" },
    ),
    6,
    TABLE +
    "0c0002007075626c69736800d80004802000018007000100637400001400028008000200" +
    "000000020800010000000001440001800c00010062697477697365003400028008000100" +
    "00000001080002000000000108000300000000040c00048008000100200000000c000580" +
    "08000100000000002c00018008000100636d700020000280080001000000000108000200" +
    "000000010c0003800800010000000000140001800c000100636f756e7465720004000280" +
    "300001800e000100696d6d6564696174650000001c0002800800010000000000100002800c" +
    "00028008000100000000000900070000036e6f00000000",
  ],
  [
    'add rule inet rkl forward iifname "lo" jump publish',
    rule(
      "forward",
      undefined,
      { is: "iifname", value: "lo" },
      { do: "jump", chain: "publish" },
    ),
    6,
    TABLE +
    "0c000200666f7277617264009c00048024000180090001006d6574610000000014000280" +
    "080002000000000608000100000000013800018008000100636d70002c00028008000100" +
    "00000001080002000000000018000380140001006c6f0000000000000000000000000000" +
    "3c0001800e000100696d6d6564696174650000002800028008000100000000001c000280" +
    "1800028008000100fffffffd0c0002007075626c69736800",
  ],
  [
    "add rule inet rkl forward ip saddr 127.0.0.0/9 drop",
    rule(
      "forward",
      undefined,
      { is: "ip saddr", value: parsePrefix("127.0.0.0/9") },
      { do: "drop" },
    ),
    6,
    TABLE +
    "0c000200666f7277617264002801048024000180090001006d6574610000000014000280" +
    "080002000000000f08000100000000012c00018008000100636d70002000028008000100" +
    "0000000108000200000000000c0003800500010002000000340001800c0001007061796c" +
    "6f6164002400028008000100000000010800020000000001080003000000000c08000400" +
    "00000004440001800c000100626974776973650034000280080001000000000108000200" +
    "0000000108000300000000040c00048008000100ff8000000c0005800800010000000000" +
    "2c00018008000100636d700020000280080001000000000108000200000000000c000380" +
    "080001007f000000300001800e000100696d6d6564696174650000001c00028008000100" +
    "00000000100002800c0002800800010000000000",
  ],
  [
    "add rule inet rkl forward fib daddr type local accept",
    rule(
      "forward",
      undefined,
      { is: "fib daddr type", value: "local" },
      { do: "accept" },
    ),
    6,
    TABLE +
    "0c000200666f727761726400880004802800018008000100666962001c00028008000300" +
    "0000000208000200000000030800010000000001" +
    "2c00018008000100636d700020000280080001000000000108000200000000000c000380" +
    "0800010002000000300001800e000100696d6d6564696174650000001c00028008000100" +
    "00000000100002800c0002800800010000000001",
  ],
  [
    "add rule inet rkl po masquerade",
    rule("po", undefined, { do: "masquerade" }),
    6,
    TABLE +
    "07000200706f00001800048014000180090001006d6173710000000004000280",
  ],
];

for (const [text, addition, type, body] of RECORDED) {
  Deno.test(`rkl sends what nft sends: ${text}`, () => {
    assert.equal(formatPlan([addition]), text + "\n");
    const [request, ...others] = encodePlan([addition]);
    assert.deepEqual(others, []);
    assert.equal(nftType(request!.type), type);
    assert.equal(request!.body.toHex(), body);
  });
}

Deno.test("an element is deleted by its key", () => {
  const [request] = deleteElements(LIMITED, [ELEMENT]);
  assert.equal(nftType(request!.type), 14);
  const key = KEY.replace(/^50/, "34");
  const list = "0d0002006c696d69746564340000000038000380";
  assert.equal(request!.body.toHex(), TABLE + list + key);
});

Deno.test("a set without a name is made in front of its rule", () => {
  const protocols = { is: "meta l4proto", oneOf: ["tcp", "udp"] } as const;
  const plan = [
    rule("a", undefined, protocols),
    rule("a", undefined, protocols),
  ];
  assert.equal(
    formatPlan(plan.slice(1)),
    "add rule inet rkl a meta l4proto { tcp, udp }\n",
  );
  const requests = encodePlan(plan);
  const types = requests.map(({ type }) => nftType(type));
  assert.deepEqual(types, [9, 12, 6, 9, 12, 6]);
  const ids = requests.map(({ body }) =>
    // the attribute NFTA_SET_ID, NFTA_SET_ELEM_LIST_SET_ID or NFTA_LOOKUP_SET_ID
    /08000[a4]000000000([12])/.exec(body.toHex())?.[1]
  );
  assert.deepEqual(ids, ["1", "1", "1", "2", "2", "2"]);
});

Deno.test("many elements are sent in several messages", () => {
  const set: SetType = {
    table: "rkl",
    name: "limited6",
    key: ["inet_proto", "ipv6_addr", "ipv6_addr", "inet_service"],
    value: ["ipv6_addr", "inet_service"],
    interval: true,
  };
  const elements = Array.from({ length: 400 }, (_, i): Element => ({
    key: ["tcp", parsePrefix("fd00::/8"), parsePrefix("::/0"), i + 1],
    value: [parseAddress("fd00::2"), 80],
    comment: "c".repeat(127),
  }));
  const requests = encodePlan([{ add: "elements", set, elements }]);
  assert.equal(requests.length, 3);
  assert.match(requests[0]!.what, /^add 150 elements to the map limited6 of/);
  const messages = requests.map((request) => ({
    ...request,
    seq: 1,
    payload: request.body,
  }));
  const decoded = messages.flatMap((one) => decodeElements(set, one));
  assert.deepEqual(decoded, elements);
});

Deno.test("intervals of one part are refused", () => {
  const set: SetType = {
    table: "rkl",
    name: "s",
    key: ["ipv4_addr"],
    interval: true,
  };
  assert.throws(() => encodePlan([{ add: "set", set }]), /several parts/);
});

Deno.test("decoders read what encoders write", () => {
  const [table, chain] = RECORDED.map(([, addition]) => {
    const request = encodePlan([addition])[0]!;
    return { ...request, seq: 1, payload: request.body };
  });
  assert.deepEqual(decodeTable(table!), {
    family: "inet",
    name: "rkl",
    comment: "rkl 1",
  });
  const [, added] = RECORDED[1]!;
  assert(added.add === "chain");
  assert.deepEqual(decodeChain(chain!), { family: "inet", ...added.chain });
});

const SAMPLES = RECORDED.map(([, , , body]) => Uint8Array.fromHex(body));

for (
  const decode of [
    decodeTable,
    decodeChain,
    decodeRule,
    decodeSet,
    (message: Message) => decodeElements(LIMITED, message),
    (message: Message) =>
      decodeElements({ ...LIMITED, key: ["ifname"] }, message),
  ]
) {
  const name = decode.name || "decodeElements";
  Deno.test(`${name}() reads or refuses what is spoilt`, () => {
    holdsOut(
      fc.oneof(spoilt(SAMPLES), noise),
      [MalformedMessageError],
      (payload) => void decode({ type: 0xa00, flags: 0, seq: 1, payload }),
    );
  });
}
