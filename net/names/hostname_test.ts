import assert from "node:assert/strict";
import { randomFrom } from "../netlink/testing.ts";
import {
  formatHostname,
  namesOf,
  parseDomainname,
  parseHostname,
} from "./hostname.ts";
import { InvalidNameError } from "./name.ts";

const label63 = "a".repeat(63);

for (const text of ["web", "WEB-1", "0", "web.example.com", "1a", label63]) {
  Deno.test(`${text} is a host name`, () => {
    assert.equal(parseHostname(text), text);
    assert.equal(formatHostname(text), `${text}\n`);
  });
}

const INVALID = [
  ["", /"" is no host name: it is empty/],
  ["my_app", /"my_app" is no host name: "_" is not allowed, but letters/],
  ["a b", /" " is not allowed/],
  ["a\n", /"\\n" is not allowed/],
  ["höst", /"ö" is not allowed/],
  ["-a", /its part "-a" may not begin or end with "-"/],
  ["a.b-", /its part "b-" may not/],
  [".a", /before and after a dot/],
  ["a.", /before and after a dot/],
  ["a..b", /before and after a dot/],
  ["10.0.0.1", /reads as an address/],
  ["a".repeat(64), /a part of it has 64 characters, at most 63/],
  [`${label63}.a`, /it has 65 characters, at most 64/],
] as const;

for (const [text, problem] of INVALID) {
  Deno.test(`${JSON.stringify(text)} is no host name`, () => {
    assert.throws(() => parseHostname(text), (error) => {
      assert(error instanceof InvalidNameError);
      assert.equal(error.text, text);
      assert.match(error.message, problem);
      return true;
    });
  });
}

Deno.test("a domain name has the rules of a host name", () => {
  assert.equal(parseDomainname("example.com"), "example.com");
  assert.throws(() => parseDomainname("a_b"), /"a_b" is no domain name/);
});

Deno.test("an image's host name with an underscore is written", () => {
  assert.equal(formatHostname("my_host"), "my_host\n");
});

Deno.test("a host name that would break a file is refused", () => {
  for (const name of ["", "a b", "a\nb", "#a", "a\0", "ä".repeat(33)]) {
    assert.throws(() => formatHostname(name), InvalidNameError);
    assert.throws(() => namesOf("web", name), /is no domain name/);
  }
});

Deno.test("a host's names begin with the full one", () => {
  assert.deepEqual(namesOf("web"), ["web"]);
  assert.deepEqual(namesOf("web", "example.com"), ["web.example.com", "web"]);
  assert.deepEqual(namesOf("web.example.com"), ["web.example.com", "web"]);
  assert.deepEqual(namesOf("a.b", "c"), ["a.b.c", "a.b", "a"]);
  assert.deepEqual(namesOf(".x"), [".x"]);
});

Deno.test("any text is a host name or an InvalidNameError", () => {
  const pieces = ["a", "Z", "0", "-", ".", "_", " ", "\n", "#", "\ud800", "é"];
  const random = randomFrom(3);
  for (let i = 0; i < 5000; i++) {
    const text = Array.from(
      { length: random(i % 10 ? 6 : 90) },
      () => pieces[random(random(3) ? 4 : pieces.length)]!,
    ).join("");
    for (const read of [parseHostname, parseDomainname, formatHostname]) {
      try {
        assert.equal(read(text).trimEnd(), text);
      } catch (error) {
        if (!(error instanceof InvalidNameError)) throw error;
      }
    }
  }
});
