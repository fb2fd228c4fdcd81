import assert from "node:assert/strict";
import {
  afterBoot,
  afterFailure,
  afterLife,
  afterOrder,
  afterRestart,
  afterStop,
  type EndedLife,
  formatRestartPolicy,
  FRESH,
  parseRestartPolicy,
  type RestartState,
} from "./policy.ts";

Deno.test("a policy is read as docker reads it, and written the same", () => {
  for (
    const text of [
      "no",
      "always",
      "unless-stopped",
      "on-failure",
      "on-failure:3",
    ]
  ) assert.equal(formatRestartPolicy(parseRestartPolicy(text)), text);
  assert.deepEqual(parseRestartPolicy("on-failure:0"), { name: "on-failure" });
});

Deno.test("what is no policy is refused with what is", () => {
  const refusals = {
    "sometimes": /^unknown restart policy "sometimes"; use one of 'no', /,
    "": /^unknown restart policy ""; /,
    "always:3": /^maximum retry count cannot be used with .* 'always'$/,
    "on-failure:x": /^maximum retry count must be a number/,
    "on-failure:-1": /^maximum retry count must be a number/,
    "on-failure:1:2": /^maximum retry count must be a number/,
  };
  for (const [text, message] of Object.entries(refusals)) {
    assert.throws(() => parseRestartPolicy(text), { message });
  }
});

const LIFE: EndedLife = { life: "b", code: 1, ended: 1000, lasted: 50 };

/** Policy, what is noted, how the life ended, and what follows. */
const ENDS: readonly [
  policy: string,
  state: RestartState,
  life: Partial<EndedLife>,
  next: RestartState,
][] = [
  ["no", FRESH, {}, { count: 0, delay: 0, after: "b" }],
  ["always", FRESH, {}, { count: 1, delay: 100, after: "b", next: 1100 }],
  [
    "always",
    { count: 1, delay: 100, after: "a" },
    { code: 0 },
    { count: 2, delay: 200, after: "b", next: 1200 },
  ],
  [
    "always",
    { count: 9, delay: 51_200, after: "a" },
    {},
    { count: 10, delay: 60_000, after: "b", next: 61_000 },
  ],
  [
    "always",
    { count: 10, delay: 60_000, after: "a" },
    {},
    { count: 11, delay: 60_000, after: "b", next: 61_000 },
  ],
  [
    "always",
    { count: 10, delay: 60_000, after: "a" },
    { lasted: 10_000 },
    { count: 11, delay: 100, after: "b", next: 1100 },
  ],
  [
    "always",
    { count: 10, delay: 60_000, after: "a" },
    { lasted: 9_999 },
    { count: 11, delay: 60_000, after: "b", next: 61_000 },
  ],
  [
    "always",
    { count: 2, delay: 200, after: "a", stopped: true },
    {},
    { count: 2, delay: 200, after: "b", stopped: true },
  ],
  [
    "unless-stopped",
    FRESH,
    { code: 0 },
    { count: 1, delay: 100, after: "b", next: 1100 },
  ],
  [
    "unless-stopped",
    { ...FRESH, stopped: true },
    {},
    { count: 0, delay: 0, after: "b", stopped: true },
  ],
  ["on-failure", FRESH, { code: 0 }, { count: 0, delay: 0, after: "b" }],
  [
    "on-failure",
    { count: 7, delay: 100 },
    { code: 137 },
    { count: 8, delay: 200, after: "b", next: 1200 },
  ],
  [
    "on-failure:2",
    { count: 1, delay: 100 },
    {},
    { count: 2, delay: 200, after: "b", next: 1200 },
  ],
  [
    "on-failure:2",
    { count: 2, delay: 200, error: "gone" },
    {},
    { count: 2, delay: 200, after: "b" },
  ],
];

Deno.test("the end of a life is followed by what the policy says", () => {
  for (const [policy, state, life, next] of ENDS) {
    const ended = { ...LIFE, ...life };
    const found = afterLife(parseRestartPolicy(policy), state, ended);
    assert.deepEqual(found, next, `${policy} ${JSON.stringify(state)}`);
  }
});

Deno.test("a restart that fails is tried again, and told of", () => {
  const before = { count: 1, delay: 100, after: "a", next: 900 };
  const failure = { life: undefined, error: "no image" };
  const always = parseRestartPolicy("always");
  const again = afterFailure(always, before, failure, 1000);
  const told = { count: 2, delay: 200, after: "a", error: "no image" };
  assert.deepEqual(again, { ...told, next: 1200 });
  // A program that cannot be executed had a life, which is over.
  const executed = { ...failure, life: "b" };
  assert.equal(afterFailure(always, before, executed, 1000).after, "b");
  const once = parseRestartPolicy("on-failure:1");
  assert.deepEqual(
    afterFailure(once, before, failure, 1000),
    { count: 1, delay: 100, after: "a", error: "no image" },
  );
  assert.deepEqual(
    afterRestart({ ...told, next: 1200 }),
    { count: 2, delay: 200, after: "a" },
  );
});

Deno.test("a boot starts what docker starts", () => {
  const stopped = { count: 3, delay: 400, after: "a", stopped: true } as const;
  const ran = { count: 3, delay: 400, after: "a", next: 70 };
  const starts = (policy: string, state: RestartState) =>
    afterBoot(parseRestartPolicy(policy), state, "b", 1000);
  const started = { count: 0, delay: 0, after: "b", next: 1000 };
  assert.deepEqual(starts("always", ran), started);
  assert.deepEqual(starts("always", stopped), started);
  assert.deepEqual(starts("unless-stopped", ran), started);
  const left = { count: 3, delay: 400, after: "b" };
  assert.deepEqual(starts("unless-stopped", stopped), {
    ...left,
    stopped: true,
  });
  assert.deepEqual(starts("on-failure", ran), left);
  assert.deepEqual(starts("no", ran), left);
});

Deno.test("a stop drops what was to come; an order comes at once", () => {
  const waits = { count: 3, delay: 400, after: "a", next: 70 };
  const { next: _, ...rest } = waits;
  assert.deepEqual(afterStop(waits), { ...rest, stopped: true });
  assert.deepEqual(
    afterOrder(FRESH, "b", 1000),
    { count: 1, delay: 0, after: "b", next: 1000 },
  );
});
