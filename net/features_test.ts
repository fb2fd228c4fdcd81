import assert from "node:assert/strict";
import {
  answerAll,
  explainMissing,
  FEATURES,
  findFeatures,
  MissingFeatureError,
  missingFeatures,
} from "./features.ts";
import { NetlinkError } from "./netlink/errors.ts";
import { type Asked, askKind } from "./netlink/link_kind.ts";
import { listLinks } from "./netlink/link.ts";
import type { Request } from "./netlink/message.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import { kernelTest } from "./netlink/testing.ts";
import { listTables } from "./nftables/table.ts";
import { inTrial, type Kernel } from "./trial.ts";

/** Refuses the requests of which `pick` says so, and does the others. */
function refusing(
  asked: Asked,
  pick: (request: Request) => boolean,
  errno = 95, // EOPNOTSUPP
): Asked {
  return {
    tryBatch: (requests) => {
      const outcomes = asked.tryBatch(requests);
      return requests.map((request, i) =>
        pick(request) ? new NetlinkError(request, { errno }) : outcomes[i]!
      );
    },
  };
}

/** What is missing and needed, by name, on this kernel made poorer. */
function missingOn(change: (kernel: Kernel) => Partial<Kernel>): string[] {
  return inTrial((kernel) => {
    const answers = answerAll({ ...kernel, ...change(kernel) });
    return missingFeatures(answers).map(({ name }) => name);
  });
}

const mentions = (text: string) => ({ body }: Request) =>
  new TextDecoder("latin1").decode(body).includes(`${text}\0`);

kernelTest("this kernel has what networks need", () => {
  assert.deepEqual(missingOn(() => ({})), []);
});

for (
  const [kind, feature] of [["veth", "veth"], ["bridge", "bridge"]] as const
) {
  kernelTest(`a kernel that does not know ${kind} lacks ${feature}`, () => {
    assert.deepEqual(
      missingOn(({ route }) => ({ route: refusing(route, mentions(kind)) })),
      [feature],
    );
  });
}

for (
  const [expression, feature] of [
    ["ct", "nft-conntrack"],
    ["masq", "nft-masquerade"],
    ["fib", "nft-fib"],
    ["counter", "nft-counter"],
  ] as const
) {
  kernelTest(`a kernel without ${expression} lacks ${feature}`, () => {
    const ENOENT = 2;
    assert.deepEqual(
      missingOn(({ filter }) => ({
        filter: refusing(filter!, mentions(expression), ENOENT),
      })),
      [feature],
    );
  });
}

kernelTest("of nf_tables, the whole is missing and not each part", () => {
  assert.deepEqual(missingOn(() => ({ filter: undefined })), ["nf-tables"]);
  assert.deepEqual(
    missingOn(({ filter }) => ({ filter: refusing(filter!, () => true) })),
    ["nf-tables"],
  );
});

kernelTest("who may not ask learns nothing, and nothing is missing", () => {
  const EPERM = 1;
  const answers = inTrial(({ route, filter }) =>
    answerAll({
      route: refusing(route, () => true, EPERM),
      filter: refusing(filter!, () => true, EPERM),
    })
  );
  assert.ok(answers.every(({ status }) => status === "unknown"));
  assert.deepEqual(missingFeatures(answers), []);
});

kernelTest("asking leaves nothing where it is done", () => {
  inTrial(({ route }) => {
    const socket = route as NetlinkSocket;
    askKind(socket, "veth");
    askKind(socket, "bridge");
    const kinds = socket.dump(listLinks({ kind: "bridge" }));
    assert.deepEqual(kinds, []);
  });
  const tables = () => {
    using socket = new NetlinkSocket("NETFILTER");
    return socket.dump(listTables()).length;
  };
  using socket = new NetlinkSocket("ROUTE");
  const before = [tables(), socket.dump(listLinks()).length];
  findFeatures();
  assert.deepEqual([tables(), socket.dump(listLinks()).length], before);
});

kernelTest("a kind nobody has ever heard of is unknown", () => {
  using socket = new NetlinkSocket("ROUTE");
  const outcome = askKind(socket, "nosuchkind");
  assert.ok(outcome instanceof NetlinkError && outcome.code === "EOPNOTSUPP");
});

kernelTest("an error the kernel's features do not explain stays", () => {
  const other = new Error('network "web" does not exist');
  assert.equal(explainMissing("try", other), other);
  const refused = new NetlinkError(
    { what: "add a link", type: 0, flags: 0, body: new Uint8Array() },
    { errno: 16 }, // EBUSY
  );
  assert.equal(explainMissing("try", refused), refused);
});

Deno.test("what is missing is told with its option and what works", () => {
  const features = FEATURES.filter(({ name }) =>
    ["veth", "nft-fib"].includes(name)
  );
  const { message } = new MissingFeatureError(
    'put container "web" on a network',
    features,
  );
  assert.equal(
    message,
    'cannot put container "web" on a network: the kernel lacks veth pairs ' +
      "(CONFIG_VETH), routes in nf_tables (CONFIG_NFT_FIB_INET); load the " +
      "modules or take a kernel that has them; --network host, none and " +
      "container:NAME work without",
  );
});
