import assert from "node:assert/strict";
import {
  DuplicateContainerError,
  InvalidIdError,
  type Store,
} from "../runtime/store.ts";
import { type ContainerId, randomId } from "./id.ts";
import {
  AmbiguousIdError,
  dropName,
  giveName,
  idOfName,
  listIds,
  resolveId,
  sweepNames,
} from "./name_index.ts";
import { containerDirectory } from "./store.ts";

function inStore(action: (store: Store) => void): void {
  const directory = Deno.makeTempDirSync({ prefix: "rkl-test-" });
  try {
    action({ root: `${directory}/root`, dataRoot: `${directory}/data` });
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

/** A container that says of itself what it is called. */
function place(store: Store, id: ContainerId, name: string): void {
  const directory = containerDirectory(store, id);
  Deno.mkdirSync(directory, { recursive: true });
  Deno.writeTextFileSync(
    `${directory}/container.json`,
    JSON.stringify({ id, name }),
  );
}

function make(store: Store, name: string, id = randomId()): ContainerId {
  giveName(store, name, id, () => place(store, id, name));
  return id;
}

const links = ({ dataRoot }: Store) =>
  Array.from(Deno.readDirSync(`${dataRoot}/names`), ({ name }) => name)
    .filter((name) => name !== ".lock").sort();

Deno.test("a word is a name, an id, or the beginning of one", () => {
  inStore((store) => {
    const [a, b] = [
      make(store, "web", `abc1${"0".repeat(60)}` as ContainerId),
      make(store, "db", `abc2${"0".repeat(60)}` as ContainerId),
    ];
    assert.equal(resolveId(store, "web"), a);
    assert.equal(resolveId(store, b), b);
    assert.equal(resolveId(store, "abc2"), b);
    assert.equal(resolveId(store, "we"), undefined);
    assert.equal(resolveId(store, "abd"), undefined);
    assert.throws(() => resolveId(store, "abc"), AmbiguousIdError);
    assert.throws(() => resolveId(store, "../web"), InvalidIdError);
    assert.deepEqual(listIds(store), [a, b]);
    // A name goes before the beginning of an id.
    const named = make(store, "abc");
    assert.equal(resolveId(store, "abc"), named);
  });
});

Deno.test("a name that another has, or that is an id, is not given", () => {
  inStore((store) => {
    const id = make(store, "web");
    assert.throws(() => make(store, "web"), DuplicateContainerError);
    assert.throws(() => make(store, id), DuplicateContainerError);
    giveName(store, "web", id, () => {}); // it has it
    assert.equal(idOfName(store, "web"), id);
  });
});

Deno.test("a name is nobody's before its container says so, and after it", () => {
  inStore((store) => {
    const half = randomId();
    giveName(store, "web", half, () => {}); // killed before it was made
    assert.equal(idOfName(store, "web"), undefined);
    const id = make(store, "web");
    assert.equal(idOfName(store, "web"), id);
    dropName(store, "web");
    assert.equal(idOfName(store, "web"), id, "it is there");
    place(store, id, "shop"); // renamed, and killed before the rest
    assert.equal(idOfName(store, "web"), undefined);
    make(store, "db");
    sweepNames(store);
    assert.deepEqual(links(store), ["db"]);
  });
});

Deno.test("a name that cannot be settled is given back", () => {
  inStore((store) => {
    const failing = () =>
      giveName(store, "web", randomId(), () => {
        throw new Error("disk full");
      });
    assert.throws(failing, /disk full/);
    assert.deepEqual(links(store), []);
  });
});
