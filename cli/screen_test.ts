import assert from "node:assert/strict";
import fc from "fast-check";
import { fit, type Frame, redraw } from "./screen.ts";

const more = (count: number) => `${count} more`;
const SIZE = { width: 80, height: 24 };

/** A terminal that knows the sequences that are written to it. */
class FakeTerminal {
  #lines: string[] = [];
  #row = 0;

  write(text: string): void {
    for (const piece of text.split("\x1b[").slice(1)) {
      const [, sequence, words] = /^([\d;]*[A-Z])(.*)$/.exec(piece)!;
      this.#obey(sequence!);
      if (words) this.#lines[this.#row] = words;
    }
  }

  #obey(sequence: string): void {
    if (sequence === "2J") this.#lines = [];
    else if (sequence === "J") this.#lines.length = this.#row;
    else if (sequence === "K") this.#lines[this.#row] ??= "";
    else this.#row = Number(/^(\d+);1H$/.exec(sequence)![1]) - 1;
  }

  get lines(): string[] {
    return Array.from(this.#lines, (line) => line ?? "");
  }
}

Deno.test("a screen shows the last of several frames, whatever came before", () => {
  const lines = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { maxLength: 8 });
  const size = fc.record({
    width: fc.integer({ min: 1, max: 10 }),
    height: fc.integer({ min: 2, max: 8 }),
  });
  const frames = fc.array(fc.tuple(lines, size), { minLength: 1 });
  fc.assert(fc.property(frames, (all) => {
    const terminal = new FakeTerminal();
    let before: Frame | undefined;
    for (const [lines, size] of all) {
      const frame = fit(lines, size, more);
      terminal.write(redraw(before, frame));
      before = frame;
    }
    assert.deepEqual(terminal.lines, [...before!.lines]);
  }));
});

Deno.test("what has not changed is not written", () => {
  const before = fit(["head", "one", "two"], SIZE, more);
  assert.equal(redraw(before, fit(["head", "one", "two"], SIZE, more)), "");
  const text = redraw(before, fit(["head", "1", "two"], SIZE, more));
  assert.equal(text, "\x1b[2;1H1\x1b[K\x1b[4;1H");
});

Deno.test("lines fit the window; of too many the number of the rest is told", () => {
  const { lines } = fit(["a".repeat(9), "b", "c", "d"], {
    width: 6,
    height: 4,
  }, more);
  assert.deepEqual(lines, ["aaaaaa", "b", "2 more"]);
});
