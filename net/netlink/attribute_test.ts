import assert from "node:assert/strict";
import {
  attr,
  Attributes,
  be16,
  be32,
  be64,
  concat,
  flag,
  MalformedMessageError,
  nest,
  str,
  u16,
  u32,
  u64,
  u8,
} from "./attribute.ts";
import { hex } from "./testing.ts";

Deno.test("an attribute's value is padded, its length is not", () => {
  assert.equal(str(3, "rkl0").toHex(), "09000300" + "726b6c3000" + "000000");
  assert.equal(flag(9).toHex(), "04000900");
  assert.equal(u8(1, 7).toHex(), "05000100" + "07" + "000000");
});

Deno.test("numbers are in host or in network order, as is asked", () => {
  assert.equal(u16(1, 0x1234).toHex(), "06000100" + "3412" + "0000");
  assert.equal(be16(1, 0x1234).toHex(), "06000100" + "1234" + "0000");
  assert.equal(u32(1, 0x12345678).toHex(), "08000100" + "78563412");
  assert.equal(be32(1, 0x12345678).toHex(), "08000100" + "12345678");
  assert.equal(u64(1, 0x1234n).toHex(), "0c000100" + "3412000000000000");
  assert.equal(be64(1, 0x1234n).toHex(), "0c000100" + "0000000000001234");
});

Deno.test("a nest has its bit and the length of what is in it", () => {
  assert.equal(
    nest(18, str(1, "veth"), u8(2, 1)).toHex(),
    "18001280" + "0900010076657468" + "00000000" + "0500020001000000",
  );
});

Deno.test("a value too long for the length field is an error", () => {
  assert.equal(attr(1, new Uint8Array(65531)).length, 65536);
  assert.throws(
    () => attr(1, new Uint8Array(65532)),
    /attribute 1: 65532 bytes are more than 65531/,
  );
});

Deno.test("what was encoded is decoded by its type", () => {
  const attrs = new Attributes(concat(
    u8(1, 255),
    u16(2, 0xffee),
    u32(3, 0xffeeddcc),
    u64(4, 2n ** 63n),
    be16(5, 0xffee),
    be32(6, 0xffeeddcc),
    be64(7, 1n),
    str(8, "grün"),
    nest(9, u8(1, 3)),
    nest(10, u8(1, 1)),
    nest(10, u8(1, 2)),
    flag(11),
    u32(12, 0xffffffff),
  ));
  assert.equal(attrs.u8(1), 255);
  assert.equal(attrs.u16(2), 0xffee);
  assert.equal(attrs.u32(3), 0xffeeddcc);
  assert.equal(attrs.u64(4), 2n ** 63n);
  assert.equal(attrs.be16(5), 0xffee);
  assert.equal(attrs.be32(6), 0xffeeddcc);
  assert.equal(attrs.be64(7), 1n);
  assert.equal(attrs.string(8), "grün");
  assert.equal(attrs.nested(9)?.u8(1), 3);
  assert.deepEqual(attrs.list(10).map((inner) => inner.u8(1)), [1, 2]);
  assert.equal(attrs.bytes(11)?.length, 0);
  assert.equal(attrs.i32(12), -1);
  assert.deepEqual(attrs.types, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});

Deno.test("what is not there is undefined", () => {
  const attrs = new Attributes(new Uint8Array(0));
  assert.equal(attrs.u32(1), undefined);
  assert.equal(attrs.string(1), undefined);
  assert.equal(attrs.nested(1), undefined);
  assert.deepEqual(attrs.list(1), []);
  assert(!attrs.has(1));
});

Deno.test("the last attribute may lack its padding, a string its NUL", () => {
  assert.equal(new Attributes(hex("05000100 07")).u8(1), 7);
  assert.equal(new Attributes(hex("06000100 6869")).string(1), "hi");
});

const LIES = [
  ["0500010007000000 08", /at byte 8 has 1 bytes left for a header of 4/],
  ["0000010000000000", /attribute 1 at byte 0 claims 0 bytes, 4 to 8/],
  ["0300010000000000", /attribute 1 at byte 0 claims 3 bytes, 4 to 8/],
  ["0900010000000000", /attribute 1 at byte 0 claims 9 bytes, 4 to 8/],
  ["ffff0180", /attribute 1 at byte 0 claims 65535 bytes, 4 to 4/],
] as const;

for (const [bytes, problem] of LIES) {
  Deno.test(`the attributes ${bytes} are malformed`, () => {
    assert.throws(() => new Attributes(hex(bytes)), (error) => {
      assert(error instanceof MalformedMessageError);
      assert.match(error.message, problem);
      return true;
    });
  });
}

Deno.test("a number of another size is malformed", () => {
  const attrs = new Attributes(u16(4, 1));
  assert.throws(() => attrs.u32(4), /attribute 4 has 2 bytes where 4 are due/);
  assert.throws(() => attrs.u8(4), MalformedMessageError);
});
