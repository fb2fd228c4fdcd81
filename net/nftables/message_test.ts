import assert from "node:assert/strict";
import { NLM_F } from "../netlink/message.ts";
import { comment, decodeComment, nftType, transaction } from "./message.ts";
import { addTable, deleteTable } from "./table.ts";

Deno.test("transaction() asks for the last acknowledgement only", () => {
  const requests = [addTable({ name: "a" }), deleteTable("a")];
  const sent = transaction(requests);
  assert.deepEqual(
    sent.map(({ type, flags }) => [type, flags]),
    [[0x10, 0], [0xa00, NLM_F.CREATE], [0xa02, NLM_F.ACK], [0x11, 0]],
  );
  assert.equal(sent[0]!.body.toHex(), "0000000a");
  assert.deepEqual(sent.map(({ type }) => nftType(type)), [
    undefined,
    0,
    2,
    undefined,
  ]);
});

Deno.test("a comment is what nft shows", () => {
  assert.equal(comment(7, "no").toHex(), "09000700" + "00036e6f00" + "000000");
  assert.equal(decodeComment(Uint8Array.fromHex("00036e6f00")), "no");
  assert.equal(comment(7, "a".repeat(127)).length, 4 + 2 + 128 + 2);
  assert.throws(() => comment(7, "é".repeat(64)), /128 bytes, 127 are allowed/);
});

Deno.test("decodeComment() finds the comment among others, or none", () => {
  const cases = [
    ["", undefined],
    ["00", undefined],
    ["0104aabbccdd", undefined],
    ["0104aabbccdd00026100", "a"],
    ["00ff61", "a"], // shorter than it says
    ["01ff61", undefined],
  ] as const;
  for (const [hex, text] of cases) {
    assert.equal(decodeComment(Uint8Array.fromHex(hex)), text);
  }
  assert.equal(decodeComment(undefined), undefined);
});
