/** Attack: from one profile at what ward keeps for the others, in a workspace that holds them all. */
import assert from "node:assert/strict";
import { machineParts } from "../../machine_parts.ts";
import { Area } from "../kit/area.ts";
import { alsoAsNobody } from "../kit/as_nobody.ts";
import { grantOf, type HandsKit, makeHands, SECRET } from "../kit/hands_kit.ts";
import { plant, snapshot } from "../kit/outside.ts";

const area = new Area("B2 other profiles", "path escapes");
const { bubblewrap } = await machineParts();
const ignore = !bubblewrap?.present;

const PROGRAMS = "sh cat tee mv rm ln mkdir ls find".split(" ");

/** What another profile has, below ward's folder; `moved` is a link to another disk. */
const FILES = [
  "config.toml",
  "active_profile",
  "data/ward.db",
  "workspace/notes",
  "profiles/b/config.toml",
  "profiles/b/database.key",
  "profiles/b/data/ward.db",
  "profiles/b/workspace/notes",
  "profiles/moved/config.toml",
];

const WRITES = [
  "echo owned > P",
  "rm -f P",
  "ln -sf mine P",
  "mv $(dirname P) away && mkdir -p $(dirname P) && echo owned > P",
];

/** The user's home as the workspace of profile `a`, with other profiles in it. */
function makeUser(others: (user: string) => string[], grants: string[] = []): Promise<HandsKit> {
  return makeHands({
    allow: PROGRAMS,
    layout: (top) => ({
      workspace: `${top}/user`,
      home: others(`${top}/user`).length > 0 ? `${top}/user/.ward/profiles/a` : `${top}/a`,
      others: others(`${top}/user`),
    }),
    prepare: async ({ workspace }) => {
      await plant(
        `mkdir -p .ward/profiles disk/moved; ln -s $PWD/disk/moved .ward/profiles/moved
         for f in ${FILES.join(" ")}
         do mkdir -p $(dirname .ward/$f); echo ${SECRET} > .ward/$f; done
         echo mine > mine`,
        workspace,
      );
    },
  }).then((kit) => {
    kit.grants = grants.map((path) => grantOf("write", `${kit.workspace}/${path}`));
    return kit;
  });
}

/** Reads and changes each file by tools and programs; what got through. */
async function attackAll(kit: HandsKit): Promise<string[]> {
  const { workspace } = kit;
  const through: string[] = [];
  const state = async () =>
    await snapshot(`${workspace}/.ward`) + await snapshot(`${workspace}/disk/moved`);
  // The cell's own folders are made with its first call.
  await kit.files.listFiles({ path: workspace });
  const before = await state();
  const paths = [
    ...FILES.map((name) => `${workspace}/.ward/${name}`),
    `${workspace}/disk/moved/config.toml`,
  ];
  const { stdout } = await kit.run(`cat ${paths.join(" ")}`);
  if (stdout.includes(SECRET)) through.push("read by cat");
  for (const path of paths) {
    const read = await kit.files.readFile({ path }).then((file) => file.content, () => "");
    if (read.includes(SECRET)) through.push(`read ${path}`);
    await kit.files.writeFile({ path, content: "owned" }).catch(() => {});
  }
  if (await state() !== before) through.push("write by the tool");
  const writes = paths.flatMap((path) => WRITES.map((write) => write.replaceAll("P", path)));
  // One cell for all of them: whatever fails, the next one is tried.
  await plant(`cat > go <<'END'\n${writes.map((line) => `(${line})`).join("\n")}\nEND`, workspace);
  await kit.run("sh go").catch(() => {});
  if (await state() !== before) through.push("write by programs");
  return through;
}

Deno.test({
  name: "attack: the home of the user is the workspace: other profiles stay unseen and whole",
  ignore,
  async fn() {
    const others = (user: string) => [`${user}/.ward`, `${user}/disk/moved`];
    // A grant that another version of ward gave, or that was given before the profile was there.
    const grants = [".ward", ".ward/profiles/b", ".ward/profiles/b/workspace", "disk/moved"];
    for (const given of [[], grants]) {
      await using kit = await makeUser(others, given);
      const through = await attackAll(kit);
      area.attack(through.join("; "), through.length > 0, FILES.length * (WRITES.length + 3));
      const made = await kit.files.writeFile({ path: `${kit.workspace}/disk/own`, content: "x" });
      area.benign("a file beside it", made.created);
    }
    // Control: where ward does not know of the others, the same attacks reach them.
    await using bare = await makeUser(() => []);
    const through = await attackAll(bare);
    for (const what of ["read by cat", "write by the tool", "write by programs"]) {
      assert(through.includes(what), `the control: ${what}, not ${through.join("; ")}`);
    }
    area.effective(FILES.length * (WRITES.length + 3) * 2);
  },
});

area.gate();
alsoAsNobody(import.meta.url);
